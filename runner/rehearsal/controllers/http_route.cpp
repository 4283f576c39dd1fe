#include "rehearsal/controllers/http_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/units.h"
#include "rehearsal/controllers/http_route_filters.h"
#include "rehearsal/controllers/http_route_match.h"

namespace zdt::rehearsal {
namespace {

const json kEveryPath = {{"path", {{"type", "PathPrefix"}, {"value", "/"}}}};

/// Weights as they are; what cannot be used keeps its share under a name that no cluster has.
json forward_action(const Store& store, const json& route, const json& rule) {
  json clusters = json::array();
  int64_t total = 0;
  bool usable = false;
  for (const json& reference : array_at(rule, {"backendRefs"})) {
    const Backend backend = backend_of(store, route, reference);
    usable = usable || (!backend.cluster.empty() && backend.weight > 0);
    total += backend.weight;
    clusters.push_back({{"name", backend.cluster.empty() ? "unusable-backend" : backend.cluster},
                        {"weight", backend.weight}});
  }
  if (!usable || total == 0) return nullptr;
  json action = {{"weighted_clusters", {{"clusters", std::move(clusters)}}},
                 {"cluster_not_found_response_code", "INTERNAL_SERVER_ERROR"}};
  const auto limit = parse_duration(string_at(rule, {"timeouts", "request"}));
  if (limit) action["timeout"] = fmt::format("{}.{:03}s", limit->count() / 1000, limit->count() % 1000);
  return action;
}

json envoy_route(const Store& store, const json& route, const json& rule, const json& match) {
  json envoy = {{"match", envoy_match(match)}};
  for (const json& filter : array_at(rule, {"filters"})) {
    if (string_at(filter, {"type"}) == "RequestRedirect")
      envoy["redirect"] = redirect_of(object_at(filter, {"requestRedirect"}), match);
  }
  if (!envoy.contains("redirect")) {
    json action = forward_action(store, route, rule);
    if (action.is_null()) envoy["direct_response"] = {{"status", 500}};
    if (!action.is_null()) envoy["route"] = std::move(action);
  }
  for (const json& filter : array_at(rule, {"filters"})) apply_filter(envoy, filter, match);
  return envoy;
}

}  // namespace

std::string unsupported_part(const json& route) {
  static const std::set<std::string> kFilters = {"RequestHeaderModifier", "ResponseHeaderModifier",
                                                 "RequestRedirect", "URLRewrite"};
  for (const json& rule : array_at(route, {"spec", "rules"})) {
    for (const json& match : array_at(rule, {"matches"})) {
      if (const std::string part = unreadable_part(match); !part.empty()) return part;
    }
    for (const json& filter : array_at(rule, {"filters"})) {
      const std::string type = string_at(filter, {"type"});
      if (!kFilters.contains(type)) return "filter " + type;
    }
    for (const json& reference : array_at(rule, {"backendRefs"})) {
      if (!array_at(reference, {"filters"}).empty()) return "filters of a backendRef";
    }
  }
  return "";
}

json envoy_routes(const Store& store, std::vector<ObjectPtr> routes) {
  std::vector<std::pair<MatchRank, json>> ranked;
  for (const ObjectPtr& route : routes) {
    for (const json& rule : array_at(*route, {"spec", "rules"})) {
      const json& own = array_at(rule, {"matches"});
      const json matches = own.empty() ? json::array({kEveryPath}) : own;
      for (const json& match : matches)
        ranked.emplace_back(rank_of(*route, match), envoy_route(store, *route, rule, match));
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  json all = json::array();
  for (auto& [rank, route] : ranked) all.push_back(std::move(route));
  return all;
}

}  // namespace zdt::rehearsal
