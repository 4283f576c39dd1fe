#include "rehearsal/controllers/rollout.h"

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/revisions.h"
#include "rehearsal/controllers/rollout_status.h"
#include "rehearsal/controllers/rollout_steps.h"

namespace zdt::rehearsal {
namespace {

constexpr milliseconds kFaultCheck{20'000};  // the fault may lie in an object that comes later, a Service say

bool names_service(const json& rollout, const std::string& service) {
  const json& canary = canary_of(rollout);
  return string_at(canary, {"stableService"}) == service || string_at(canary, {"canaryService"}) == service;
}

/// The rollout that `set` belongs to.
std::vector<Key> owner_of(const json& set) {
  const std::string name = controller_name(set, "Rollout");
  return name.empty() ? std::vector<Key>{} : std::vector<Key>{{key_of(set).ns, name}};
}

/// Argo writes the default, because a HorizontalPodAutoscaler needs the field.
Result<Outcome> write_default_replicas(Store& store, const Key& key) {
  const auto written =
      store.modify(kRollouts, key.ns, key.name, [](json& changed) { changed["spec"]["replicas"] = 1; });
  if (!written) return written.error();
  return Outcome{};
}

}  // namespace

RolloutController::RolloutController(Store& store, Defaults defaults, Clock now)
    : store_(store), defaults_(std::move(defaults)), now_(std::move(now)) {}

std::vector<Key> RolloutController::rollouts_where(const std::string& ns,
                                                   const std::function<bool(const json&)>& holds) const {
  std::vector<Key> keys;
  for (const ObjectPtr& rollout : store_.list(kRollouts, ns)) {
    if (holds(*rollout)) keys.push_back(key_of(*rollout));
  }
  return keys;
}

std::vector<Key> RolloutController::concerned(const Event& event) {
  const json& object = *event.object;
  const auto [ns, name] = key_of(object);
  if (event.resource == kRollouts) return {{ns, name}};
  if (event.resource == "services") {
    return rollouts_where(
        ns, [&, service = name](const json& rollout) { return names_service(rollout, service); });
  }
  if (event.resource == "pods" && event.change == Change::kDeleted) {  // a restart goes on
    const ObjectPtr set = store_.find(kReplicaSets, ns, controller_name(object, "ReplicaSet"));
    return set ? owner_of(*set) : std::vector<Key>{};
  }
  if (event.resource != kReplicaSets) return {};
  if (!controller_of(object).is_null()) return owner_of(object);
  return rollouts_where(ns, [&](const json& rollout) {
    return selects(at(rollout, {"spec", "selector"}), labels_of(object));
  });
}

Result<Outcome> RolloutController::reconcile(const Key& key) {
  const ObjectPtr rollout = store_.find(kRollouts, key.ns, key.name);
  if (!rollout || is_deleting(*rollout)) return Outcome{};
  if (at(*rollout, {"spec", "replicas"}).is_null()) return write_default_replicas(store_, key);
  RolloutLook look{store_, defaults_, now_(), rollout};
  if (const std::string fault = rollout_fault(store_, *rollout); !fault.empty()) {
    const auto written = write_rollout_fault(look, fault);
    if (!written) return written.error();
    return Outcome{kFaultCheck};
  }
  look.sets = load_rollout_sets(look);
  const auto done = look.sets.updated ? advance_rollout(look) : create_updated_set(look);
  if (!done) return done.error();
  return Outcome{look.again};
}

}  // namespace zdt::rehearsal
