#include "rehearsal/controllers/role_aggregation.h"

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kClusterRoleResource = "clusterroles.rbac.authorization.k8s.io";

const json& role_selectors(const json& role) {
  return array_at(role, {"aggregationRule", "clusterRoleSelectors"});
}

/// Unlike in workloads, an empty selector chooses every role.
bool gathers_role(const json& selector, const json& role) {
  if (!selector.is_object()) return false;
  const bool empty = object_at(selector, {"matchLabels"}).empty() && array_at(selector, {"matchExpressions"}).empty();
  return empty || selects(selector, labels_of(role));
}

json gathered_rules(const Store& store, const json& role) {
  json rules = json::array();
  std::set<std::string> known;
  const auto roles = store.list(kClusterRoleResource);
  for (const json& selector : role_selectors(role)) {
    for (const ObjectPtr& other : roles) {
      if (key_of(*other) == key_of(role) || !gathers_role(selector, *other)) continue;
      for (const json& rule : array_at(*other, {"rules"})) {
        if (known.insert(rule.dump(-1, ' ', false, json::error_handler_t::replace)).second) rules.push_back(rule);
      }
    }
  }
  return rules;
}

}  // namespace

std::vector<Key> RoleAggregation::concerned(const Event& event) {
  if (event.resource != kClusterRoleResource) return {};
  const std::string name = key_of(*event.object).name;
  const bool gathers = event.change != Change::kDeleted && !role_selectors(*event.object).empty();
  if (gathers) gathering_.insert(name);
  if (!gathers) gathering_.erase(name);
  std::vector<Key> keys;
  for (const std::string& each : gathering_) keys.push_back({"", each});
  return keys;
}

Result<Outcome> RoleAggregation::reconcile(const Key& key) {
  const ObjectPtr role = store_.find(kClusterRoleResource, "", key.name);
  if (!role || is_deleting(*role) || role_selectors(*role).empty()) return Outcome{};
  json rules = gathered_rules(store_, *role);
  if (array_at(*role, {"rules"}) == rules) return Outcome{};
  const auto written =
      store_.modify(kClusterRoleResource, "", key.name, [&](json& changed) { changed["rules"] = rules; });
  if (!written) return written.error();
  return Outcome{};
}

}  // namespace zdt::rehearsal
