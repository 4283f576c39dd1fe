// Endpoints (pkg/apis/core/validation) and EndpointSlices (pkg/apis/discovery/validation).
#include <set>

#include "rehearsal/api/check/addresses.h"
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostEndpoints = 1000, kMostAddresses = 100, kMostPorts = 100;

void check_subset_addresses(const json& subset, const char* list, const Where& where, Causes& causes) {
  const json& addresses = array_at(subset, {list});
  for (size_t i = 0; i < addresses.size() && !causes.full(); ++i) {
    const Where here = where.item(list, i);
    check_destination(text_of(addresses[i], "ip"), here / "ip", causes);
    check_field(addresses[i], "hostname", broken_label_rule, here, causes);
    check_field(addresses[i], "nodeName", broken_subdomain_rule, here, causes);
  }
}

void check_subset(const json& subset, const Where& where, Causes& causes) {
  if (array_at(subset, {"addresses"}).empty() && array_at(subset, {"notReadyAddresses"}).empty())
    causes.required(where, "must specify `addresses` or `notReadyAddresses`");
  for (const char* list : {"addresses", "notReadyAddresses"}) check_subset_addresses(subset, list, where, causes);
  const json& ports = array_at(subset, {"ports"});
  for (size_t i = 0; i < ports.size() && !causes.full(); ++i) {
    const Where here = where.item("ports", i);
    if (ports.size() > 1) check_required(ports[i], "name", here, causes);
    check_field(ports[i], "name", broken_label_rule, here, causes);
    check_port_number(at(ports[i], {"port"}), here / "port", causes);
    check_protocol(ports[i], here, causes);
    check_field(ports[i], "appProtocol", broken_label_key_rule, here, causes);
  }
}

void check_slice_address(const std::string& type, const json& address, const Where& where, Causes& causes) {
  const std::string& given = text(address);
  if (type == "FQDN") return check_text(address, broken_subdomain_rule, where, causes);
  if (type == "IPv4" && !is_ipv4(given)) return causes.invalid(where, given, "must be a valid IPv4 address");
  if (type == "IPv6" && !is_ipv6(given)) return causes.invalid(where, given, "must be a valid IPv6 address");
  check_destination(address, where, causes);
}

void check_endpoint(const std::string& type, const json& endpoint, const Where& where, Causes& causes) {
  const json& addresses = array_at(endpoint, {"addresses"});
  const Where list = where / "addresses";
  if (addresses.empty()) causes.required(list, "must contain at least 1 address");
  if (addresses.size() > kMostAddresses) return causes.too_many(list, addresses.size(), kMostAddresses);
  for (size_t i = 0; i < addresses.size() && !causes.full(); ++i)
    check_slice_address(type, addresses[i], list[i], causes);
  check_field(endpoint, "hostname", broken_label_rule, where, causes);
  check_field(endpoint, "nodeName", broken_subdomain_rule, where, causes);
  check_labels(at(endpoint, {"deprecatedTopology"}), where / "deprecatedTopology", causes);
}

/// A port without a number means all ports.
void check_slice_ports(const json& slice, Causes& causes) {
  const json& ports = array_at(slice, {"ports"});
  const Where list("ports");
  if (ports.size() > kMostPorts) return causes.too_many(list, ports.size(), kMostPorts);
  std::set<std::string> names;
  for (size_t i = 0; i < ports.size(); ++i) {
    const Where here = list[i];
    check_field(ports[i], "name", broken_label_rule, here, causes);
    if (!names.insert(text_of(ports[i], "name")).second) causes.duplicate(here / "name", text_of(ports[i], "name"));
    if (is_set(ports[i], "port")) check_port_number(ports[i]["port"], here / "port", causes);
    check_protocol(ports[i], here, causes);
    check_field(ports[i], "appProtocol", broken_label_key_rule, here, causes);
  }
}

}  // namespace

void check_endpoints(const json& endpoints, Causes& causes) {
  const json& subsets = array_at(endpoints, {"subsets"});
  const Where list("subsets");
  for (size_t i = 0; i < subsets.size() && !causes.full(); ++i) check_subset(subsets[i], list[i], causes);
}

void check_endpoint_slice(const json& slice, Causes& causes) {
  const std::string& type = text_of(slice, "addressType");
  const Where address_type("addressType"), list("endpoints");
  if (type.empty()) causes.required(address_type);
  if (!type.empty() && type != "IPv4" && type != "IPv6" && type != "FQDN")
    causes.unsupported(address_type, type, {"FQDN", "IPv4", "IPv6"});
  const json& endpoints = array_at(slice, {"endpoints"});
  if (endpoints.size() > kMostEndpoints) causes.too_many(list, endpoints.size(), kMostEndpoints);
  for (size_t i = 0; i < endpoints.size() && i < kMostEndpoints && !causes.full(); ++i)
    check_endpoint(type, endpoints[i], list[i], causes);
  check_slice_ports(slice, causes);
}

void check_endpoint_slice_change(const json& slice, const json& previous, Causes& causes) {
  if (at(slice, {"addressType"}) != at(previous, {"addressType"}))
    causes.invalid(Where("addressType"), at(slice, {"addressType"}), "field is immutable");
}

}  // namespace zdt::rehearsal::api
