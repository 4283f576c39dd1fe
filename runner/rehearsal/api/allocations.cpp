#include "rehearsal/api/allocations.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <set>

#include "rehearsal/api/check/causes.h"

namespace zdt::rehearsal::api {
namespace {

// As controllers::ServiceAddresses gives them out.
constexpr const char* kRangeText = "10.96.0.0/16";
constexpr uint32_t kFirstAddress = 0x0A600000, kRangeMask = 0xFFFF0000;
constexpr int64_t kFirstPort = 30000, kLastPort = 32767;

bool is_in_range(const std::string& address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, address.c_str(), &parsed) != 1) return false;
  const uint32_t number = ntohl(parsed.s_addr);
  const bool edge = (number & ~kRangeMask) == 0 || (number & ~kRangeMask) == ~kRangeMask;
  return (number & kRangeMask) == kFirstAddress && !edge;
}

bool is_same(const json& a, const json& b) {
  return string_at(a, {"metadata", "name"}) == string_at(b, {"metadata", "name"}) &&
         string_at(a, {"metadata", "namespace"}) == string_at(b, {"metadata", "namespace"});
}

/// Another Service that has `address`.
bool is_taken(const Store& store, const json& service, const std::string& address) {
  for (const ObjectPtr& other : store.list("services")) {
    if (!is_same(*other, service) && string_at(*other, {"spec", "clusterIP"}) == address) return true;
  }
  return false;
}

void check_address(const Store& store, const json& service, const json& previous, Causes& causes) {
  const json& addresses = array_at(service, {"spec", "clusterIPs"});
  const json& owned = array_at(previous, {"spec", "clusterIPs"});
  const Where where("spec.clusterIPs");
  for (const json& each : addresses) {
    const std::string address = each.is_string() ? each.get<std::string>() : "";
    if (address == "None" || std::find(owned.begin(), owned.end(), each) != owned.end()) continue;
    if (!is_in_range(address)) {
      causes.invalid(where, addresses,
                     fmt::format("failed to allocate IP {0}: the provided IP ({0}) is not in the valid range. The range "
                                 "of valid IPs is {1}",
                                 address, kRangeText));
    } else if (is_taken(store, service, address)) {
      causes.invalid(where, addresses,
                     fmt::format("failed to allocate IP {}: provided IP is already allocated", address));
    }
  }
}

std::set<int64_t> node_ports_of(const json& service) {
  std::set<int64_t> ports;
  for (const json& port : array_at(service, {"spec", "ports"})) ports.insert(int_at(port, {"nodePort"}));
  return ports;
}

void check_node_ports(const Store& store, const json& service, const json& previous, Causes& causes) {
  const std::set<int64_t> owned = node_ports_of(previous);
  std::set<int64_t> taken;
  for (const ObjectPtr& other : store.list("services")) {
    if (!is_same(*other, service)) taken.merge(node_ports_of(*other));
  }
  const Where where("spec");
  const json& ports = array_at(service, {"spec", "ports"});
  for (size_t i = 0; i < ports.size() && !causes.full(); ++i) {
    const int64_t number = int_at(ports[i], {"nodePort"});
    if (number == 0 || owned.contains(number)) continue;
    const Where here = where.item("ports", i);
    if (number < kFirstPort || number > kLastPort) {
      causes.invalid(here / "nodePort", number,
                     fmt::format("provided port is not in the valid range. The range of valid ports is {}-{}", kFirstPort,
                                 kLastPort));
    } else if (taken.contains(number)) {
      causes.invalid(here / "nodePort", number, "provided port is already allocated");
    }
  }
}

bool wants_nothing(const json& service) {
  const std::set<int64_t> ports = node_ports_of(service);
  return array_at(service, {"spec", "clusterIPs"}).empty() && (ports.empty() || *ports.rbegin() == 0);
}

}  // namespace

void check_allocations(const Store& store, const ResourceType& type, const json& service, const json& previous) {
  if (string_at(service, {"spec", "type"}) == "ExternalName" || wants_nothing(service)) return;
  Causes causes;
  check_address(store, service, previous, causes);
  check_node_ports(store, service, previous, causes);
  if (!causes.all().empty()) throw invalid(type, string_at(service, {"metadata", "name"}), causes.all());
}

}  // namespace zdt::rehearsal::api
