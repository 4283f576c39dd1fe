#include "rehearsal/controllers/dns_records.h"

#include <fmt/format.h>

#include <set>

#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

using SlicesByName = std::map<Key, std::vector<ObjectPtr>>;

SlicesByName slices_by_service(const std::vector<ObjectPtr>& slices) {
  SlicesByName all;
  for (const ObjectPtr& slice : slices)
    all[{key_of(*slice).ns, string_at(labels_of(*slice), {kServiceNameLabel})}].push_back(slice);
  return all;
}

/// The address of a ready endpoint; nothing for one that is not ready, has another kind of address, or none.
std::optional<Ipv4> ready_address(const json& slice, const json& endpoint, LeftOutList left_out) {
  const json& addresses = array_at(endpoint, {"addresses"});
  if (addresses.empty() || !bool_at(endpoint, {"conditions", "ready"}, true)) return std::nullopt;
  if (string_at(slice, {"addressType"}, "IPv4") != "IPv4") return std::nullopt;
  const auto address =
      addresses.front().is_string() ? Ipv4::parse(addresses.front().get<std::string>()) : std::nullopt;
  if (!address) leave_out(left_out, kEndpointSlices, slice, "an endpoint has no IPv4 address: no name leads to it");
  return address;
}

/// A set, because a pod stands in several slices when its Service has ports of several kinds.
std::set<std::string> headless_lines(const std::string& name, const std::vector<ObjectPtr>& slices,
                                     LeftOutList left_out) {
  std::set<std::string> lines;
  for (const ObjectPtr& slice : slices) {
    for (const json& endpoint : array_at(*slice, {"endpoints"})) {
      const auto address = ready_address(*slice, endpoint, left_out);
      if (!address) continue;
      lines.insert(fmt::format("{} {}\n", address->text(), name));
      const std::string hostname = string_at(endpoint, {"hostname"});
      if (is_dns_label(hostname)) lines.insert(fmt::format("{} {}.{}\n", address->text(), hostname, name));
      if (!hostname.empty() && !is_dns_label(hostname))
        leave_out(left_out, kEndpointSlices, *slice, "an endpoint's hostname is no DNS label: it has no name of its own");
    }
  }
  return lines;
}

/// The lines of one Service, whose name is a good one.
std::string lines_of(const json& service, const std::string& name, const SlicesByName& slices, LeftOutList left_out) {
  const std::string given = string_at(service, {"spec", "clusterIP"});
  if (given == "None") {
    std::string lines;
    const auto own = slices.find(key_of(service));
    if (own == slices.end()) return lines;
    for (const std::string& line : headless_lines(name, own->second, left_out)) lines += line;
    return lines;
  }
  if (given.empty() || string_at(service, {"spec", "type"}) == "ExternalName") return "";
  const auto address = Ipv4::parse(given);
  if (address) return fmt::format("{} {}\n", address->text(), name);
  leave_out(left_out, "services", service, "the clusterIP is no IPv4 address: the name has no answer");
  return "";
}

}  // namespace

std::map<std::string, std::string> dns_records(const std::vector<ObjectPtr>& services,
                                               const std::vector<ObjectPtr>& slices,
                                               const std::string& domain, LeftOutList left_out) {
  std::map<std::string, std::string> files;
  const SlicesByName by_service = slices_by_service(slices);
  for (const ObjectPtr& service : services) {
    const Key key = key_of(*service);
    if (!is_dns_label(key.name) || !is_dns_label(key.ns)) {
      leave_out(left_out, "services", *service, "name and namespace are no DNS labels: the Service has no DNS name");
      continue;
    }
    std::string lines =
        lines_of(*service, fmt::format("{}.{}.svc.{}", key.name, key.ns, domain), by_service, left_out);
    if (!lines.empty()) files[key.ns + "." + key.name] = std::move(lines);
  }
  return files;
}

}  // namespace zdt::rehearsal
