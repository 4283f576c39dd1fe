#include "rehearsal/controllers/scheduler.h"

#include <fmt/format.h>

#include "base/guard.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

bool waits_for_node(const json& pod) {
  return string_at(pod, {"spec", "nodeName"}).empty() && is_active(pod);
}

/// lastTransitionTime moves only when the status does.
void set_scheduled(json& pod, bool scheduled, const std::string& why, WallTime now) {
  json condition = {
      {"type", "PodScheduled"}, {"status", scheduled ? "True" : "False"}, {"lastProbeTime", nullptr}};
  const json& previous = condition_of(pod, "PodScheduled");
  const bool same = string_at(previous, {"status"}) == condition["status"];
  condition["lastTransitionTime"] = same ? string_at(previous, {"lastTransitionTime"}) : format_time(now);
  if (!scheduled) condition.update({{"reason", "Unschedulable"}, {"message", why}});
  json others = json::array();
  for (const json& each : array_at(pod, {"status", "conditions"})) {
    if (string_at(each, {"type"}) != "PodScheduled") others.push_back(each);
  }
  others.push_back(std::move(condition));
  if (!pod["status"].is_object()) pod["status"] = json::object();
  pod["status"]["conditions"] = std::move(others);
  if (string_at(pod, {"status", "phase"}).empty()) pod["status"]["phase"] = "Pending";
}

/// What an event may mean for the pods that wait.   freed  there may be more room.   changed  there are other pods to be
/// near to or far from.
struct Difference {
  bool freed = false, changed = false;
};

Difference difference_of(const Event& event) {
  const std::string node = string_at(*event.object, {"spec", "nodeName"});
  if (event.change == Change::kDeleted) return {!node.empty(), !node.empty()};
  if (!event.previous) return {false, !node.empty()};
  const json &before = *event.previous, &after = *event.object;
  const std::string node_before = string_at(before, {"spec", "nodeName"});
  const bool left = !node_before.empty() && (node != node_before || (has_ended(after) && !has_ended(before)));
  const bool changed =
      left || node != node_before || is_deleting(before) != is_deleting(after) || labels_of(before) != labels_of(after);
  return {left, changed};
}

bool is_constrained(const json& pod) {
  return !at(pod, {"spec", "affinity"}).is_null() || !at(pod, {"spec", "topologySpreadConstraints"}).is_null();
}

/// Whether the scheduler must come to the same end with both.
bool are_alike(const json& a, const json& b) {
  return at(a, {"spec"}) == at(b, {"spec"}) && key_of(a).ns == key_of(b).ns && labels_of(a) == labels_of(b);
}

constexpr size_t kLooksPerTurn = 50, kStepsPerTurn = 2000;

}  // namespace

Scheduler::Scheduler(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> Scheduler::concerned(const Event& event) {
  const bool arrived = index(event);
  Difference difference;
  if (event.resource == "nodes") difference = {true, true};
  if (event.resource == "pods") difference = difference_of(event);
  if (difference.freed) freed_ = ++time_;
  if (difference.changed) changed_ = ++time_;
  const bool matters = arrived || difference.freed || difference.changed;
  return matters && !waiting_.empty() ? std::vector<Key>{{"", ""}} : std::vector<Key>{};
}

/// Keeps waiting_ in step with the store. Returns whether a pod is to be looked at for its own sake: it is new, or
/// somebody changed it while it waited.
bool Scheduler::index(const Event& event) {
  if (event.resource != "pods") return false;
  const Key key = key_of(*event.object);
  const auto known = places_.find(key);
  if (event.change == Change::kDeleted || !waits_for_node(*event.object)) {
    if (known != places_.end()) {
      waiting_.erase(known->second);
      places_.erase(known);
    }
    return false;
  }
  if (known == places_.end()) {
    const uint64_t place = ++time_;
    waiting_[place] = {key, is_constrained(*event.object)};
    places_[key] = place;
    return true;
  }
  const bool other = event.previous && !are_alike(*event.previous, *event.object);
  if (other) waiting_[known->second] = {key, is_constrained(*event.object)};
  return other;
}

bool Scheduler::is_due(const Waiting& waiting) const {
  return waiting.tried < freed_ || (waiting.constrained && waiting.tried < changed_);
}

/// One turn of a round. A pod that cannot be read is told so, and keeps nobody else waiting.
Result<Outcome> Scheduler::reconcile(const Key&) {
  Snapshot snapshot = take_snapshot(store_);
  Refusal refusal;
  std::vector<uint64_t> due;
  for (const auto& [place, waiting] : waiting_) {
    if (is_due(waiting)) due.push_back(place);
  }
  size_t looks = 0, steps = 0;
  for (const uint64_t place : due) {
    if (looks >= kLooksPerTurn || ++steps > kStepsPerTurn) return Outcome{milliseconds(0)};
    const auto found = waiting_.find(place);
    if (found == waiting_.end()) continue;
    found->second.tried = ++time_;
    const ObjectPtr before = refusal.pod;
    const Key key = found->second.key;
    const std::string thrown = failure_of([&] { return look_at(found->second, snapshot, refusal).value(); });
    looks += refusal.pod != before || !refusal.pod ? 1 : 0;
    const ObjectPtr pod = thrown.empty() ? nullptr : store_.find("pods", key.ns, key.name);
    if (!pod) continue;
    const auto held = hold(*pod, "the pod cannot be scheduled: " + thrown);
    if (!held) return held.error();
  }
  return Outcome{};
}

Result<void> Scheduler::look_at(Waiting& waiting, Snapshot& snapshot, Refusal& refusal) {
  const ObjectPtr pod = store_.find("pods", waiting.key.ns, waiting.key.name);
  if (!pod || !waits_for_node(*pod)) return {};
  if (refusal.pod && are_alike(*refusal.pod, *pod)) return hold(*pod, refusal.why);
  const Choice choice = choose_node(*pod, snapshot);
  refusal = {};
  if (!choice.node.empty()) return assign(pod, choice.node, snapshot);
  refusal = {pod, choice.why};
  return hold(*pod, choice.why);
}

Result<void> Scheduler::assign(const ObjectPtr& pod, const std::string& node, Snapshot& snapshot) {
  const auto [ns, name] = key_of(*pod);
  const auto assigned = store_.modify("pods", ns, name, [&](json& changed) {
    changed["spec"]["nodeName"] = node;
    set_scheduled(changed, true, "", now_());
  });
  if (!assigned) return assigned.error();
  put_on(snapshot, node, *assigned);
  record_event(store_, *pod, "Normal", "Scheduled",
               fmt::format("Successfully assigned {}/{} to {}", ns, name, node), "default-scheduler", now_());
  return {};
}

Result<void> Scheduler::hold(const json& pod, const std::string& why) {
  if (string_at(condition_of(pod, "PodScheduled"), {"message"}) == why) return {};
  const auto [ns, name] = key_of(pod);
  const auto held =
      store_.modify("pods", ns, name, [&](json& changed) { set_scheduled(changed, false, why, now_()); });
  if (!held) return held.error();
  record_event(store_, pod, "Warning", "FailedScheduling", why, "default-scheduler", now_());
  return {};
}

}  // namespace zdt::rehearsal
