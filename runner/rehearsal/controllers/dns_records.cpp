#include "rehearsal/controllers/dns_records.h"

#include <fmt/format.h>

#include <set>

#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

bool is_slice_of(const json& slice, const Key& service) {
  return key_of(slice).ns == service.ns && string_at(labels_of(slice), {kServiceNameLabel}) == service.name;
}

/// A set, because a pod stands in several slices when its Service has ports of several kinds.
std::set<std::string> headless_lines(const Key& service, const std::string& name,
                                     const std::vector<ObjectPtr>& slices) {
  std::set<std::string> lines;
  for (const ObjectPtr& slice : slices) {
    if (!is_slice_of(*slice, service)) continue;
    for (const json& endpoint : array_at(*slice, {"endpoints"})) {
      const json& addresses = array_at(endpoint, {"addresses"});
      if (addresses.empty() || !bool_at(endpoint, {"conditions", "ready"}, true)) continue;
      const std::string address = addresses.front().get<std::string>();
      lines.insert(fmt::format("{} {}\n", address, name));
      const std::string hostname = string_at(endpoint, {"hostname"});
      if (!hostname.empty()) lines.insert(fmt::format("{} {}.{}\n", address, hostname, name));
    }
  }
  return lines;
}

}  // namespace

std::map<std::string, std::string> dns_records(const std::vector<ObjectPtr>& services,
                                               const std::vector<ObjectPtr>& slices,
                                               const std::string& domain) {
  std::map<std::string, std::string> files;
  for (const ObjectPtr& service : services) {
    const Key key = key_of(*service);
    const std::string address = string_at(*service, {"spec", "clusterIP"});
    const std::string name = fmt::format("{}.{}.svc.{}", key.name, key.ns, domain);
    std::string lines;
    if (address == "None") {
      for (const std::string& line : headless_lines(key, name, slices)) lines += line;
    } else if (!address.empty() && string_at(*service, {"spec", "type"}) != "ExternalName") {
      lines = fmt::format("{} {}\n", address, name);
    }
    if (!lines.empty()) files[key.ns + "." + key.name] = std::move(lines);
  }
  return files;
}

}  // namespace zdt::rehearsal
