#include "rehearsal/api/discovery.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "rehearsal/api/rbac/reviews.h"

namespace zdt::rehearsal::api {
namespace {

json verbs_of(const ResourceType& type) {
  if (type.measured) return {"get", "list"};
  return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
}

/// A part below a resource: its name, the kind that it speaks (group and version too), and what can be done
/// with it.
struct Subresource {
  std::string name, group, version, kind;
  json verbs;
};

std::vector<Subresource> subresources_of(const ServedType& served) {
  const ResourceType& type = served.type;
  std::vector<Subresource> parts;
  if (type.status)
    parts.push_back({"status", type.group, type.version, type.kind, {"get", "patch", "update"}});
  if (type.scale) parts.push_back({"scale", "autoscaling", "v1", "Scale", {"get", "patch", "update"}});
  if (type.resource() == "pods") {
    parts.push_back({"eviction", "policy", "v1", "Eviction", {"create"}});
    parts.push_back({"exec", "", "v1", "PodExecOptions", {"create", "get"}});
    parts.push_back({"log", "", "v1", "Pod", {"get"}});
  }
  if (type.resource() == "serviceaccounts")
    parts.push_back({"token", "authentication.k8s.io", "v1", "TokenRequest", {"create"}});
  return parts;
}

json resource_entry(const ServedType& served) {
  const ResourceType& type = served.type;
  json entry = {{"name", type.plural},
                {"singularName", type.singular},
                {"namespaced", type.namespaced},
                {"kind", type.kind},
                {"verbs", verbs_of(type)}};
  if (!type.short_names.empty()) entry["shortNames"] = type.short_names;
  if (!served.categories.empty()) entry["categories"] = served.categories;
  return entry;
}

json subresource_entry(const ResourceType& type, const Subresource& part) {
  json entry = {{"name", type.plural + "/" + part.name},
                {"singularName", ""},
                {"namespaced", type.namespaced},
                {"kind", part.kind},
                {"verbs", part.verbs}};
  if (part.group != type.group || part.version != type.version) {
    entry["group"] = part.group;
    entry["version"] = part.version;
  }
  return entry;
}

json response_kind(const std::string& group, const std::string& version, const std::string& kind) {
  return {{"group", group}, {"version", version}, {"kind", kind}};
}

json aggregated_resource(const ServedType& served) {
  const ResourceType& type = served.type;
  json entry = {{"resource", type.plural},
                {"responseKind", response_kind(type.group, type.version, type.kind)},
                {"scope", type.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", type.singular},
                {"verbs", verbs_of(type)}};
  if (!type.short_names.empty()) entry["shortNames"] = type.short_names;
  if (!served.categories.empty()) entry["categories"] = served.categories;
  for (const Subresource& part : subresources_of(served)) {
    entry["subresources"].push_back({{"subresource", part.name},
                                     {"responseKind", response_kind(part.group, part.version, part.kind)},
                                     {"verbs", part.verbs}});
  }
  return entry;
}

/// Groups in the order of their first kind, each with its versions in order.
std::vector<std::pair<std::string, std::vector<std::string>>> groups_of(
    const std::vector<ServedType>& types) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const ServedType& served : types) {
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](auto& g) { return g.first == served.type.group; });
    if (group == groups.end()) group = groups.insert(groups.end(), {served.type.group, {}});
    auto& versions = group->second;
    if (std::find(versions.begin(), versions.end(), served.type.version) == versions.end()) {
      versions.push_back(served.type.version);
    }
  }
  return groups;
}

json group_entry(const std::string& group, const std::vector<std::string>& versions) {
  json entry = {{"name", group}, {"versions", json::array()}};
  for (const std::string& version : versions) {
    entry["versions"].push_back({{"groupVersion", group + "/" + version}, {"version", version}});
  }
  entry["preferredVersion"] = entry["versions"][0];
  return entry;
}

/// Kinds without objects, which are only ever posted.
json review_entries(const std::string& group) {
  json entries = json::array();
  for (const ReviewKind& kind : review_kinds()) {
    if (group != kind.group) continue;
    entries.push_back({{"name", kind.plural},
                       {"singularName", lower(kind.kind)},
                       {"namespaced", kind.namespaced},
                       {"kind", kind.kind},
                       {"verbs", {"create"}}});
  }
  return entries;
}

const std::vector<std::string> kReviewGroups = {"authorization.k8s.io", "authentication.k8s.io"};

json aggregated_reviews(const std::string& group) {
  json resources = json::array();
  for (const json& entry : review_entries(group)) {
    resources.push_back({{"resource", entry["name"]},
                         {"responseKind", response_kind(group, "v1", entry["kind"].get<std::string>())},
                         {"scope", entry["namespaced"] == true ? "Namespaced" : "Cluster"},
                         {"singularResource", entry["singularName"]},
                         {"verbs", entry["verbs"]}});
  }
  return {{"metadata", {{"name", group}}},
          {"versions", {{{"version", "v1"}, {"freshness", "Current"}, {"resources", resources}}}}};
}

json aggregated_group(const std::vector<ServedType>& types, const std::string& group,
                      const std::vector<std::string>& versions) {
  json item = {{"metadata", json::object()}, {"versions", json::array()}};
  if (!group.empty()) item["metadata"]["name"] = group;
  for (const std::string& version : versions) {
    json resources = json::array();
    for (const ServedType& served : types) {
      if (served.type.group == group && served.type.version == version)
        resources.push_back(aggregated_resource(served));
    }
    item["versions"].push_back({{"version", version}, {"freshness", "Current"}, {"resources", resources}});
  }
  return item;
}

}  // namespace

json core_versions() {
  return {{"kind", "APIVersions"}, {"versions", {"v1"}}, {"serverAddressByClientCIDRs", json::array()}};
}

json group_list(const std::vector<ServedType>& types) {
  json list = {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", json::array()}};
  for (const auto& [group, versions] : groups_of(types)) {
    if (!group.empty()) list["groups"].push_back(group_entry(group, versions));
  }
  for (const std::string& group : kReviewGroups) list["groups"].push_back(group_entry(group, {"v1"}));
  return list;
}

json group_document(const std::vector<ServedType>& types, const std::string& group) {
  const json list = group_list(types);
  for (json entry : list["groups"]) {
    if (entry["name"] != group) continue;
    entry["kind"] = "APIGroup";
    entry["apiVersion"] = "v1";
    return entry;
  }
  return nullptr;
}

json resource_list(const std::vector<ServedType>& types, const std::string& group,
                   const std::string& version) {
  json resources = version == "v1" ? review_entries(group) : json::array();
  for (const ServedType& served : types) {
    if (served.type.group != group || served.type.version != version) continue;
    resources.push_back(resource_entry(served));
    for (const Subresource& part : subresources_of(served))
      resources.push_back(subresource_entry(served.type, part));
  }
  if (resources.empty()) return nullptr;
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", group.empty() ? version : group + "/" + version},
          {"resources", resources}};
}

json aggregated_discovery(const std::vector<ServedType>& types, bool core, const std::string& version) {
  json items = json::array();
  for (const auto& [group, versions] : groups_of(types)) {
    if (group.empty() == core) items.push_back(aggregated_group(types, group, versions));
  }
  if (!core) {
    for (const std::string& group : kReviewGroups) items.push_back(aggregated_reviews(group));
  }
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/" + version},
          {"metadata", json::object()},
          {"items", items}};
}

json version_document(const std::string& git_version) {
  const auto parts = split(git_version.substr(1), '.');
  return {{"major", parts.at(0)},      {"minor", parts.size() > 1 ? parts[1] : "0"},
          {"gitVersion", git_version}, {"gitCommit", ""},
          {"gitTreeState", "clean"},   {"buildDate", ""},
          {"goVersion", ""},           {"compiler", "gcc"},
          {"platform", "linux/amd64"}};
}

}  // namespace zdt::rehearsal::api
