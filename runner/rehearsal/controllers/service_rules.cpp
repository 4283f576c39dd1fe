#include "rehearsal/controllers/service_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

/// `ct state new` in the filter chains, because packets of established connections pass there, too, and stay
/// welcome. Hook priorities are numbers: nft knows no name for -100 on output.
constexpr std::string_view kFrame = R"(add table ip zdt_services
add chain ip zdt_services refuse_prerouting { type filter hook prerouting priority -110; policy accept; }
add chain ip zdt_services refuse_output { type filter hook output priority -110; policy accept; }
add chain ip zdt_services prerouting { type nat hook prerouting priority -100; policy accept; }
add chain ip zdt_services output { type nat hook output priority -100; policy accept; }
add chain ip zdt_services postrouting { type nat hook postrouting priority 100; policy accept; }
add chain ip zdt_services refuse
add chain ip zdt_services services
flush chain ip zdt_services refuse_prerouting
flush chain ip zdt_services refuse_output
flush chain ip zdt_services prerouting
flush chain ip zdt_services output
flush chain ip zdt_services postrouting
flush chain ip zdt_services refuse
flush chain ip zdt_services services
add rule ip zdt_services refuse_prerouting ct state new jump refuse
add rule ip zdt_services refuse_output ct state new jump refuse
add rule ip zdt_services prerouting jump services
add rule ip zdt_services output jump services
)";

bool has_cluster_ip(const json& service) {
  const std::string address = string_at(service, {"spec", "clusterIP"});
  return !address.empty() && address != "None" && string_at(service, {"spec", "type"}) != "ExternalName";
}

bool is_ipv4_slice_of(const json& slice, const Key& service) {
  return key_of(slice).ns == service.ns && string_at(labels_of(slice), {kServiceNameLabel}) == service.name &&
         string_at(slice, {"addressType"}, "IPv4") == "IPv4";
}

/// The number of the port called `name` in a slice; 0 when it has none.
int64_t port_in(const json& slice, const std::string& name, const std::string& protocol) {
  for (const json& port : array_at(slice, {"ports"})) {
    const bool same =
        string_at(port, {"name"}) == name && lower(string_at(port, {"protocol"}, "TCP")) == protocol;
    if (same) return int_at(port, {"port"});
  }
  return 0;
}

/// What the slices say about one port.
struct Choice {
  std::set<Target> ready, serving_while_terminating;

  void add(const json& endpoint, int64_t port) {
    const json& conditions = object_at(endpoint, {"conditions"});
    const json& addresses = array_at(endpoint, {"addresses"});
    if (addresses.empty() || !addresses.front().is_string()) return;
    const Target target{addresses.front().get<std::string>(), port};
    const bool is_ready =
        bool_at(conditions, {"ready"}, true);  // unknown counts as ready (EndpointConditions)
    if (is_ready) ready.insert(target);
    if (bool_at(conditions, {"serving"}, is_ready) && bool_at(conditions, {"terminating"})) {
      serving_while_terminating.insert(target);
    }
  }

  std::vector<Target> targets() const {
    const auto& chosen = ready.empty() ? serving_while_terminating : ready;
    return {chosen.begin(), chosen.end()};
  }
};

std::vector<Target> targets_of(const Key& service, const json& port, const std::string& protocol,
                               const std::vector<ObjectPtr>& slices) {
  Choice choice;
  for (const ObjectPtr& slice : slices) {
    if (!is_ipv4_slice_of(*slice, service)) continue;
    const int64_t number = port_in(*slice, string_at(port, {"name"}), protocol);
    if (number == 0) continue;
    for (const json& endpoint : array_at(*slice, {"endpoints"})) choice.add(endpoint, number);
  }
  return choice.targets();
}

/// "{ 172.18.0.2, 172.18.0.3 }"; "" when no node has an address.
std::string internal_addresses(const std::vector<ObjectPtr>& nodes) {
  std::vector<std::string> all;
  for (const ObjectPtr& node : nodes) {
    for (const json& address : array_at(*node, {"status", "addresses"})) {
      if (string_at(address, {"type"}) == "InternalIP") all.push_back(string_at(address, {"address"}));
    }
  }
  return all.empty() ? "" : "{ " + join(all, ", ") + " }";
}

std::string match_of(const ServicePort& port) {
  return fmt::format("ip daddr {} {} dport {}", port.address, port.protocol, port.port);
}

std::string refuse_rule(const ServicePort& port) {
  const std::string_view how = port.protocol == "tcp" ? "meta l4proto tcp reject with tcp reset" : "reject";
  return fmt::format("add rule ip zdt_services refuse {} {}\n", match_of(port), how);
}

/// One rule a target: the first takes every Nth new connection, the next every (N-1)th of the others, the
/// last the rest. A map from the number to the target would be shorter, but its elements end with the
/// transaction that replaces it, while a packet may still walk the old rules: it then matches nothing, and
/// its SYN goes to the bare cluster IP.
std::string forward_rules(const ServicePort& port) {
  std::string text;
  size_t left = port.targets.size();
  for (const Target& target : port.targets) {
    const std::string turn = left > 1 ? fmt::format("numgen inc mod {} 0 ", left) : "";
    text += fmt::format("add rule ip zdt_services services {} {}dnat to {}:{}\n", match_of(port), turn,
                        target.address, target.port);
    --left;
  }
  return text;
}

std::string hairpin_rules(const std::set<std::string>& addresses) {
  std::string text;
  for (const std::string& each : addresses) {
    text += fmt::format(
        "add rule ip zdt_services postrouting ct status dnat ip saddr {0} ip daddr {0} masquerade\n", each);
  }
  return text;
}

bool leads_to_itself(const ServicePort& port) {
  return port.targets.size() == 1 && port.targets.front() == Target{port.address, port.port};
}

}  // namespace

std::vector<ServicePort> service_ports(const std::vector<ObjectPtr>& services,
                                       const std::vector<ObjectPtr>& slices,
                                       const std::vector<ObjectPtr>& nodes) {
  std::vector<ServicePort> ports;
  const std::string node_addresses = internal_addresses(nodes);
  for (const ObjectPtr& service : services) {
    if (!has_cluster_ip(*service)) continue;
    const Key key = key_of(*service);
    for (const json& port : array_at(*service, {"spec", "ports"})) {
      const std::string protocol = lower(string_at(port, {"protocol"}, "TCP"));
      if (protocol != "tcp" && protocol != "udp") continue;
      ports.push_back({key.ns + "/" + key.name, string_at(*service, {"spec", "clusterIP"}), protocol,
                       int_at(port, {"port"}), targets_of(key, port, protocol, slices)});
      const int64_t node_port = int_at(port, {"nodePort"});
      if (node_port == 0 || node_addresses.empty()) continue;
      ServicePort on_nodes = ports.back();
      on_nodes.address = node_addresses;
      on_nodes.port = node_port;
      ports.push_back(std::move(on_nodes));
    }
  }
  return ports;
}

std::string ruleset(const std::vector<ServicePort>& ports) {
  std::string text(kFrame);
  std::set<std::string> addresses;
  for (const ServicePort& port : ports) {
    if (leads_to_itself(port)) continue;
    text += port.targets.empty() ? refuse_rule(port) : forward_rules(port);
    for (const Target& target : port.targets) addresses.insert(target.address);
  }
  return text + hairpin_rules(addresses);
}

std::string ruleset(const std::vector<ObjectPtr>& services, const std::vector<ObjectPtr>& slices) {
  return ruleset(service_ports(services, slices));
}

}  // namespace zdt::rehearsal
