#include "rehearsal/controllers/services.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kFirstNodePort = 30000;
constexpr int64_t kLastNodePort = 32767;

/// min(max(16, size / 16), 256): the addresses that are only given, never chosen.
uint32_t lower_band(const AddressRange& range) { return std::clamp<uint32_t>(range.size() / 16, 16, 256); }

std::string type_of(const json& service) { return string_at(service, {"spec", "type"}, "ClusterIP"); }

bool is_complete(const json& service) {
  if (string_at(service, {"spec", "clusterIP"}).empty() || array_at(service, {"spec", "clusterIPs"}).empty())
    return false;
  if (type_of(service) == "ClusterIP") return true;
  const json& ports = array_at(service, {"spec", "ports"});
  return std::all_of(ports.begin(), ports.end(),
                     [](const json& port) { return int32_at(port, {"nodePort"}) != 0; });
}

Error range_is_full(const char* what) {
  return {Code::kFailed, fmt::format("no free {} is left for another Service", what), ""};
}

}  // namespace

Result<AddressRange> AddressRange::parse(const std::string& text) {
  const auto parts = split(text, '/');
  in_addr address{};
  unsigned bits = 0;
  const bool numbers =
      parts.size() == 2 && inet_pton(AF_INET, parts[0].c_str(), &address) == 1 &&
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), bits).ec == std::errc();
  if (!numbers || bits < 8 || bits > 28) {
    return Error{Code::kInvalid, fmt::format("{}: want an IPv4 range such as 10.96.0.0/16", text), ""};
  }
  const uint32_t rest = (uint32_t{1} << (32 - bits)) - 1;
  const uint32_t first = ntohl(address.s_addr) & ~rest;
  return AddressRange{first, first | rest};
}

std::string AddressRange::at(uint32_t offset) const {
  const uint32_t value = first + offset;
  return fmt::format("{}.{}.{}.{}", value >> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
}

ServiceAddresses::ServiceAddresses(Store& store, AddressRange range, Clock now)
    : store_(store), range_(range), now_(std::move(now)) {}

std::vector<Key> ServiceAddresses::concerned(const Event& event) {
  if (event.resource != "services" || event.change == Change::kDeleted) return {};
  return {key_of(*event.object)};
}

Result<Outcome> ServiceAddresses::reconcile(const Key& key) {
  const ObjectPtr service = store_.find("services", key.ns, key.name);
  if (!service || type_of(*service) == "ExternalName") return Outcome{};
  const auto used = addresses_of_others(key);
  const std::string given = string_at(*service, {"spec", "clusterIP"});
  if (used.contains(given)) {
    record_event(store_, *service, "Warning", "ClusterIPAlreadyAllocated",
                 fmt::format("Cluster IP {} was assigned to multiple services", given), "ipallocator",
                 now_());
  }
  if (is_complete(*service)) return Outcome{};
  json changed = *service;
  if (!put_address(changed, used)) return range_is_full("cluster IP");
  if (!put_node_ports(changed)) return range_is_full("node port");
  const auto written = store_.update("services", std::move(changed));
  if (!written) return written.error();
  return Outcome{};
}

std::set<std::string> ServiceAddresses::addresses_of_others(const Key& key) const {
  std::set<std::string> used;
  for (const ObjectPtr& service : store_.list("services")) {
    const std::string address = string_at(*service, {"spec", "clusterIP"}, "None");
    if (address != "None" && !address.empty() && key_of(*service) != key) used.insert(address);
  }
  return used;
}

std::set<int64_t> ServiceAddresses::used_node_ports() const {
  std::set<int64_t> used;
  for (const ObjectPtr& service : store_.list("services")) {
    for (const json& port : array_at(*service, {"spec", "ports"})) used.insert(int32_at(port, {"nodePort"}));
  }
  return used;
}

std::string ServiceAddresses::free_address(const std::set<std::string>& used) {
  const uint32_t band = lower_band(range_);
  const uint32_t usable = range_.size() - band - 1;  // without the broadcast address
  for (uint32_t tried = 0; tried < usable; ++tried) {
    std::string address = range_.at(band + next_);
    next_ = (next_ + 1) % usable;
    if (!used.contains(address)) return address;
  }
  return "";
}

bool ServiceAddresses::put_address(json& service, const std::set<std::string>& used) {
  json& spec = service["spec"];
  std::string address = string_at(spec, {"clusterIP"});
  if (address.empty()) address = free_address(used);
  if (address.empty()) return false;
  spec["clusterIP"] = address;
  spec["clusterIPs"] = json::array({address});
  if (!spec.contains("ipFamilies")) spec["ipFamilies"] = json::array({"IPv4"});
  if (!spec.contains("ipFamilyPolicy")) spec["ipFamilyPolicy"] = "SingleStack";
  return true;
}

bool ServiceAddresses::put_node_ports(json& service) {
  if (type_of(service) == "ClusterIP" || !at(service, {"spec", "ports"}).is_array()) return true;
  auto used = used_node_ports();
  for (json& port : service["spec"]["ports"]) {
    if (int32_at(port, {"nodePort"}) != 0) continue;
    int64_t number = kFirstNodePort;
    while (used.contains(number)) ++number;
    if (number > kLastNodePort) return false;
    port["nodePort"] = number;
    used.insert(number);
  }
  return true;
}

}  // namespace zdt::rehearsal
