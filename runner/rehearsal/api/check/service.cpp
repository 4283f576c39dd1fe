// Services (ValidateService). What is allocated, and therefore looked up, is in ../allocations.h.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "rehearsal/api/check/addresses.h"
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostAffinitySeconds = 86400;
constexpr int64_t kKubeletPort = 10250;

bool is_headless(const json& spec) { return text_of(spec, "clusterIP") == "None"; }

/// The names, and the pairs of protocol and number, that one Service has used so far.
struct TakenPorts {
  std::set<std::string> names, ports, node_ports;
};

void check_service_port(const json& port, const Where& where, bool several, TakenPorts& taken, Causes& causes) {
  const std::string& name = text_of(port, "name");
  if (several && name.empty()) causes.required(where / "name");
  check_field(port, "name", broken_label_rule, where, causes);
  if (!name.empty() && !taken.names.insert(name).second) causes.duplicate(where / "name", name);
  check_port_number(at(port, {"port"}), where / "port", causes);
  check_protocol(port, where, causes);
  if (is_set(port, "targetPort")) check_port_or_name(port["targetPort"], where / "targetPort", causes);
  if (is_set(port, "appProtocol")) check_text(port["appProtocol"], broken_label_key_rule, where / "appProtocol", causes);
  const std::string protocol = string_at(port, {"protocol"}, "TCP");
  const int64_t number = int_at(port, {"port"}), node_port = int_at(port, {"nodePort"});
  if (node_port != 0 && !taken.node_ports.insert(fmt::format("{}/{}", protocol, node_port)).second)
    causes.duplicate(where / "nodePort", node_port);
  if (!taken.ports.insert(fmt::format("{}/{}", protocol, number)).second) {
    causes.duplicate(where, {{"protocol", protocol}, {"port", number}});
  }
}

void check_ports(const json& spec, const Where& where, Causes& causes) {
  const json& ports = array_at(spec, {"ports"});
  const std::string type = string_at(spec, {"type"}, "ClusterIP");
  if (ports.empty() && !is_headless(spec) && type != "ExternalName") causes.required(where / "ports");
  TakenPorts taken;
  for (size_t i = 0; i < ports.size() && !causes.full(); ++i) {
    const Where here = where.item("ports", i);
    check_service_port(ports[i], here, ports.size() > 1, taken, causes);
    if (type == "ClusterIP" && int_at(ports[i], {"nodePort"}) != 0)
      causes.forbidden(here / "nodePort", "may not be used when `type` is 'ClusterIP'");
    if (type == "LoadBalancer" && int_at(ports[i], {"port"}) == kKubeletPort)
      causes.invalid(here, kKubeletPort, "may not expose port 10250 externally since it is used by kubelet");
  }
}

void check_affinity(const json& spec, const Where& where, Causes& causes) {
  check_choice(spec, "sessionAffinity", {"ClientIP", "None"}, where, causes);
  const Where config = where / "sessionAffinityConfig";
  const json& seconds = at(spec, {"sessionAffinityConfig", "clientIP", "timeoutSeconds"});
  if (text_of(spec, "sessionAffinity") != "ClientIP") {
    if (is_set(spec, "sessionAffinityConfig"))
      causes.forbidden(config, "must not be set when session affinity is None");
    return;
  }
  if (seconds.is_null()) return causes.required(config / "clientIP.timeoutSeconds", "when session affinity type is ClientIP");
  const int64_t value = int_at(seconds, {}, -1);
  if (value <= 0 || value > kMostAffinitySeconds) {
    causes.invalid(config / "clientIP.timeoutSeconds", seconds,
                   fmt::format("must be greater than 0 and less than {}", kMostAffinitySeconds));
  }
}

/// clusterIP and clusterIPs say the same; whether all of them are addresses, or the one word None.
bool check_cluster_addresses(const json& spec, const Where& where, Causes& causes) {
  const json& all = array_at(spec, {"clusterIPs"});
  const std::string& first = text_of(spec, "clusterIP");
  const Where list = where / "clusterIPs";
  if (first.empty() && !all.empty()) causes.invalid(list, all, "must be empty when `clusterIP` is not specified");
  if (!first.empty() && !all.empty() && all[0] != first) causes.invalid(list, all, "first value must match `clusterIP`");
  if (all.size() > 2) causes.invalid(list, all, "may only hold up to 2 values");
  if (!all.empty() && all[0] == "None") {
    if (all.size() > 1) causes.invalid(list, all, "'None' must be the first and only value");
    return false;
  }
  const size_t broken = causes.all().size();
  for (size_t i = 0; i < all.size() && i < 2; ++i) check_text(all[i], broken_address_rule, list[i], causes);
  if (all.empty() && !first.empty() && first != "None") check_text(first, broken_address_rule, list[0], causes);
  return causes.all().size() == broken;
}

void check_families(const json& spec, const Where& where, Causes& causes) {
  const json &families = array_at(spec, {"ipFamilies"}), &addresses = array_at(spec, {"clusterIPs"});
  const Where list = where / "clusterIPs";
  if (addresses.size() == 2 && is_ipv6(text(addresses[0])) == is_ipv6(text(addresses[1])))
    causes.invalid(list, addresses, "may specify no more than one IP for each IP family");
  for (size_t i = 0; i < addresses.size() && i < families.size(); ++i) {
    const bool six = is_ipv6(text(addresses[i]));
    if (text(families[i]) == (six ? "IPv6" : "IPv4")) continue;
    causes.invalid(list[i], addresses[i],
                   fmt::format("expected an {} value as indicated by `ipFamilies[{}]`", text(families[i]), i));
  }
}

void check_family_fields(const json& spec, const Where& where, Causes& causes) {
  std::set<std::string> seen;
  const json& families = array_at(spec, {"ipFamilies"});
  for (size_t i = 0; i < families.size() && !causes.full(); ++i) {
    const Where here = where.item("ipFamilies", i);
    if (families[i] != "IPv4" && families[i] != "IPv6") causes.unsupported(here, families[i], {"IPv4", "IPv6"});
    if (!seen.insert(text(families[i])).second) causes.duplicate(here, families[i]);
  }
  check_choice(spec, "ipFamilyPolicy", {"PreferDualStack", "RequireDualStack", "SingleStack"}, where, causes);
}

void check_external_name(const json& spec, const Where& where, Causes& causes) {
  for (const char* field : {"clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
    if (is_set(spec, field)) causes.forbidden(where / field, "may not be set for ExternalName services");
  }
  std::string_view name = text_of(spec, "externalName");
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return causes.required(where / "externalName");
  const std::string broken = broken_subdomain_rule(name);
  if (!broken.empty()) causes.invalid(where / "externalName", name, broken);
}

/// What only a LoadBalancer has.
void check_load_balancer(const json& spec, const Where& where, Causes& causes) {
  constexpr const char* kOnly = "may only be used when `type` is 'LoadBalancer'";
  const bool balanced = text_of(spec, "type") == "LoadBalancer";
  const json& ranges = array_at(spec, {"loadBalancerSourceRanges"});
  const Where list = where / "LoadBalancerSourceRanges";
  if (!ranges.empty() && !balanced) causes.forbidden(list, kOnly);
  for (size_t i = 0; i < ranges.size() && !causes.full(); ++i)
    check_text(trim(text(ranges[i])), broken_network_rule, list[i], causes);
  for (const char* field : {"loadBalancerClass", "allocateLoadBalancerNodePorts"}) {
    if (is_set(spec, field) && !balanced) causes.forbidden(where / field, kOnly);
  }
  if (is_set(spec, "loadBalancerClass"))
    check_text(spec["loadBalancerClass"], broken_label_key_rule, where / "loadBalancerClass", causes);
  check_field(spec, "loadBalancerIP", broken_address_rule, where, causes);
  const bool local = balanced && text_of(spec, "externalTrafficPolicy") == "Local";
  if (int_at(spec, {"healthCheckNodePort"}) == 0) return;
  if (local) return check_port_number(spec["healthCheckNodePort"], where / "healthCheckNodePort", causes);
  causes.invalid(where / "healthCheckNodePort", spec["healthCheckNodePort"],
                 "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
}

void check_policies(const json& spec, const Where& where, Causes& causes) {
  const std::string& type = text_of(spec, "type");
  const bool reachable = type == "NodePort" || type == "LoadBalancer" ||
                         (type != "ExternalName" && !array_at(spec, {"externalIPs"}).empty());
  const std::string& policy = text_of(spec, "externalTrafficPolicy");
  if (!reachable && !policy.empty())
    causes.invalid(where / "externalTrafficPolicy", policy, "may only be set for externally-accessible services");
  if (reachable) check_choice(spec, "externalTrafficPolicy", {"Cluster", "Local"}, where, causes);
  check_choice(spec, "internalTrafficPolicy", {"Cluster", "Local"}, where, causes);
  check_choice(spec, "trafficDistribution", {"PreferClose"}, where, causes);
}

}  // namespace

void check_service(const json& service, Causes& causes) {
  const json& spec = object_at(service, {"spec"});
  const Where where("spec");
  const std::string type = string_at(spec, {"type"}, "ClusterIP");
  check_choice(spec, "type", {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}, where, causes);
  check_ports(spec, where, causes);
  const Where addresses = where / "clusterIPs";
  if (is_headless(spec) && (type == "NodePort" || type == "LoadBalancer"))
    causes.invalid(addresses[0], "None", "may not be set to 'None' for " + type + " services");
  check_labels(at(spec, {"selector"}), where / "selector", causes);
  check_affinity(spec, where, causes);
  if (type == "ExternalName") {
    check_external_name(spec, where, causes);
  } else {
    check_family_fields(spec, where, causes);
    if (check_cluster_addresses(spec, where, causes)) check_families(spec, where, causes);
  }
  const json& external = array_at(spec, {"externalIPs"});
  for (size_t i = 0; i < external.size() && !causes.full(); ++i)
    check_destination(external[i], where.item("externalIPs", i), causes);
  check_load_balancer(spec, where, causes);
  check_policies(spec, where, causes);
}

void check_service_change(const json& service, const json& previous, Causes& causes) {
  const json &now = object_at(service, {"spec"}), &then = object_at(previous, {"spec"});
  const Where where("spec");
  if (text_of(now, "type") == "ExternalName" || text_of(then, "type") == "ExternalName") return;
  const Where addresses = where / "clusterIPs";
  const std::string& address = text_of(then, "clusterIP");
  if (!address.empty() && text_of(now, "clusterIP") != address)
    causes.invalid(addresses[0], array_at(now, {"clusterIPs"}), "may not change once set");
  if (is_headless(now)) return;
  const json &families = array_at(now, {"ipFamilies"}), &old_families = array_at(then, {"ipFamilies"});
  const Where list = where / "ipFamilies";
  if (!families.empty() && !old_families.empty() && families[0] != old_families[0])
    causes.invalid(list[0], families, "may not change once set");
  const bool balanced = text_of(now, "type") == "LoadBalancer" && text_of(then, "type") == "LoadBalancer";
  if (balanced && at(now, {"loadBalancerClass"}) != at(then, {"loadBalancerClass"}))
    causes.invalid(where / "loadBalancerClass", at(now, {"loadBalancerClass"}), "may not change once set");
}

void check_load_balancer_status(const json& object, Causes& causes) {
  const Where where("status.loadBalancer");
  const json& entries = array_at(object, {"status", "loadBalancer", "ingress"});
  for (size_t i = 0; i < entries.size() && !causes.full(); ++i) {
    const Where here = where.item("ingress", i);
    check_field(entries[i], "ip", broken_address_rule, here, causes);
    check_field(entries[i], "hostname", broken_subdomain_rule, here, causes);
    const std::string& name = text_of(entries[i], "hostname");
    if (is_ipv4(name) || is_ipv6(name))
      causes.invalid(here / "hostname", name, "must be a DNS name, not an IP address");
    if (is_set(entries[i], "ipMode") && text_of(entries[i], "ip").empty())
      causes.forbidden(here / "ipMode", "may not be specified when `ip` is not set");
    check_choice(entries[i], "ipMode", {"Proxy", "VIP"}, here, causes);
  }
}

}  // namespace zdt::rehearsal::api
