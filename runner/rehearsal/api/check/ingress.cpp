// Ingresses and NetworkPolicies (pkg/apis/networking/validation). Nobody here acts on them; they are stored as Kubernetes
// would store them.
#include "rehearsal/api/check/addresses.h"
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

void check_backend(const json& backend, const Where& where, Causes& causes) {
  const json& service = at(backend, {"service"});
  const bool resource = is_set(backend, "resource");
  if (resource && !service.is_null()) return causes.invalid(where, "", "cannot set both resource and service backends");
  if (resource) return;
  const Where here = where / "service";
  if (service.is_null()) return causes.required(where, "must specify a backend");
  if (check_required(service, "name", here, causes)) check_field(service, "name", broken_service_rule, here, causes);
  const json& port = at(service, {"port"});
  const bool named = !text_of(port, "name").empty(), numbered = int_at(port, {"number"}) != 0;
  if (named && numbered) return causes.invalid(where, "", "cannot set both port name & port number");
  if (named) return check_field(port, "name", broken_port_name_rule, here / "port", causes);
  if (numbered) return check_port_number(port["number"], here / "port.number", causes);
  causes.required(where, "port name or number is required");
}

void check_ingress_path(const json& path, const Where& where, Causes& causes) {
  const std::string &type = text_of(path, "pathType"), &value = text_of(path, "path");
  if (type.empty()) causes.required(where / "pathType", "pathType must be specified");
  if (!type.empty()) check_choice(path, "pathType", {"Exact", "ImplementationSpecific", "Prefix"}, where, causes);
  const bool specific = type == "ImplementationSpecific";
  if (!value.starts_with('/') && !(specific && value.empty()))
    causes.invalid(where / "path", value, "must be an absolute path");
  for (const char* part : {"//", "/./", "/../", "%2f", "%2F"}) {
    if (!specific && value.find(part) != std::string::npos)
      causes.invalid(where / "path", value, std::string("must not contain '") + part + "'");
  }
  check_backend(at(path, {"backend"}), where / "backend", causes);
}

void check_host(const std::string& host, const Where& where, Causes& causes) {
  if (host.empty()) return;
  if (is_ipv4(host) || is_ipv6(host)) causes.invalid(where, host, "must be a DNS name, not an IP address");
  check_text(host, host.find('*') == std::string::npos ? broken_subdomain_rule : broken_wildcard_rule, where, causes);
}

void check_rule(const json& rule, const Where& where, Causes& causes) {
  check_host(text_of(rule, "host"), where / "host", causes);
  if (!is_set(rule, "http")) return;
  const Where http = where / "http";
  const json& paths = array_at(rule, {"http", "paths"});
  if (paths.empty()) causes.required(http / "paths");
  for (size_t i = 0; i < paths.size() && !causes.full(); ++i)
    check_ingress_path(paths[i], http.item("paths", i), causes);
}

void check_policy_port(const json& port, const Where& where, Causes& causes) {
  check_choice(port, "protocol", {"TCP", "UDP", "SCTP"}, where, causes);
  const json &number = at(port, {"port"}), &end = at(port, {"endPort"});
  if (!number.is_null()) check_port_or_name(number, where / "port", causes);
  if (end.is_null()) return;
  if (number.is_null()) {
    causes.invalid(where / "endPort", end, "may not be specified when `port` is not specified");
  } else if (!number.is_number()) {
    causes.invalid(where / "endPort", end, "may not be specified when `port` is non-numeric");
  } else {
    if (int_at(end, {}) < int_at(number, {}))
      causes.invalid(where / "endPort", end, "must be greater than or equal to `port`");
    check_port_number(end, where / "endPort", causes);
  }
}

void check_peer(const json& peer, const Where& where, Causes& causes) {
  const json& block = at(peer, {"ipBlock"});
  const bool selects = is_set(peer, "podSelector") || is_set(peer, "namespaceSelector");
  check_selector(at(peer, {"podSelector"}), where / "podSelector", causes);
  check_selector(at(peer, {"namespaceSelector"}), where / "namespaceSelector", causes);
  if (!selects && block.is_null()) return causes.required(where, "must specify a peer");
  if (block.is_null()) return;
  if (selects) causes.forbidden(where, "may not specify both ipBlock and another peer");
  const Where here = where / "ipBlock";
  if (check_required(block, "cidr", here, causes)) check_field(block, "cidr", broken_network_rule, here, causes);
  const json& except = array_at(block, {"except"});
  for (size_t i = 0; i < except.size() && !causes.full(); ++i)
    check_text(except[i], broken_network_rule, here.item("except", i), causes);
}

void check_policy_rules(const json& spec, const char* list, const char* peers, const Where& where, Causes& causes) {
  const json& rules = array_at(spec, {list});
  for (size_t i = 0; i < rules.size() && !causes.full(); ++i) {
    const Where here = where.item(list, i);
    const json& ports = array_at(rules[i], {"ports"});
    for (size_t k = 0; k < ports.size() && !causes.full(); ++k)
      check_policy_port(ports[k], here.item("ports", k), causes);
    const json& others = array_at(rules[i], {peers});
    for (size_t k = 0; k < others.size() && !causes.full(); ++k) check_peer(others[k], here.item(peers, k), causes);
  }
}

}  // namespace

void check_ingress(const json& ingress, Causes& causes) {
  const json& spec = object_at(ingress, {"spec"});
  const Where where("spec");
  const json &rules = array_at(spec, {"rules"}), &tls = array_at(spec, {"tls"});
  if (rules.empty() && !is_set(spec, "defaultBackend"))
    causes.invalid(where, rules, "either `defaultBackend` or `rules` must be specified");
  if (is_set(spec, "defaultBackend")) check_backend(spec["defaultBackend"], where / "defaultBackend", causes);
  for (size_t i = 0; i < rules.size() && !causes.full(); ++i) check_rule(rules[i], where.item("rules", i), causes);
  for (size_t i = 0; i < tls.size() && !causes.full(); ++i) {
    const Where here = where.item("tls", i);
    const json& hosts = array_at(tls[i], {"hosts"});
    for (size_t k = 0; k < hosts.size() && !causes.full(); ++k)
      check_host(text(hosts[k]), here.item("hosts", k), causes);
    check_field(tls[i], "secretName", broken_subdomain_rule, here, causes);
  }
  check_field(spec, "ingressClassName", broken_subdomain_rule, where, causes);
}

void check_network_policy(const json& policy, Causes& causes) {
  const json& spec = object_at(policy, {"spec"});
  const Where where("spec");
  check_selector(at(spec, {"podSelector"}), where / "podSelector", causes);
  check_policy_rules(spec, "ingress", "from", where, causes);
  check_policy_rules(spec, "egress", "to", where, causes);
  const json& types = array_at(spec, {"policyTypes"});
  if (types.size() > 2) causes.invalid(where / "policyTypes", types, "may not specify more than two policyTypes");
  for (size_t i = 0; i < types.size() && i < 2; ++i) {
    if (types[i] != "Ingress" && types[i] != "Egress")
      causes.unsupported(where.item("policyTypes", i), types[i], {"Ingress", "Egress"});
  }
}

}  // namespace zdt::rehearsal::api
