#include "rehearsal/controllers/scheduler.h"

#include <fmt/format.h>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"
#include "rehearsal/controllers/scheduler_choice.h"

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
  pod["status"]["conditions"] = std::move(others);
  if (string_at(pod, {"status", "phase"}).empty()) pod["status"]["phase"] = "Pending";
}

/// Whether a pod that waits may find a place after it: a pod came to a node, left it, or is another one to
/// selectors.
bool makes_a_difference(const Event& event) {
  if (event.change != Change::kModified || !event.previous) return true;
  const json &before = *event.previous, &after = *event.object;
  return string_at(before, {"spec", "nodeName"}) != string_at(after, {"spec", "nodeName"}) ||
         has_ended(before) != has_ended(after) || is_deleting(before) != is_deleting(after) ||
         labels_of(before) != labels_of(after);
}

}  // namespace

Scheduler::Scheduler(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> Scheduler::concerned(const Event& event) {
  if (event.resource == "nodes") return all_waiting();
  if (event.resource != "pods") return {};
  if (waits_for_node(*event.object) && event.change != Change::kDeleted) return {key_of(*event.object)};
  return makes_a_difference(event) ? all_waiting() : std::vector<Key>{};
}

std::vector<Key> Scheduler::all_waiting() const {
  std::vector<Key> waiting;
  for (const ObjectPtr& pod : store_.list("pods")) {
    if (waits_for_node(*pod)) waiting.push_back(key_of(*pod));
  }
  return waiting;
}

Result<Outcome> Scheduler::reconcile(const Key& key) {
  const ObjectPtr pod = store_.find("pods", key.ns, key.name);
  if (!pod || !waits_for_node(*pod)) return Outcome{};
  const Choice choice = choose_node(*pod, take_snapshot(store_));
  return choice.node.empty() ? hold(*pod, choice.why) : assign(*pod, choice.node);
}

Result<Outcome> Scheduler::assign(const json& pod, const std::string& node) {
  const auto [ns, name] = key_of(pod);
  const auto assigned = store_.modify("pods", ns, name, [&](json& changed) {
    changed["spec"]["nodeName"] = node;
    set_scheduled(changed, true, "", now_());
  });
  if (!assigned) return assigned.error();
  record_event(store_, pod, "Normal", "Scheduled",
               fmt::format("Successfully assigned {}/{} to {}", ns, name, node), "default-scheduler", now_());
  return Outcome{};
}

Result<Outcome> Scheduler::hold(const json& pod, const std::string& why) {
  if (string_at(condition_of(pod, "PodScheduled"), {"message"}) == why) return Outcome{};
  const auto [ns, name] = key_of(pod);
  const auto held =
      store_.modify("pods", ns, name, [&](json& changed) { set_scheduled(changed, false, why, now_()); });
  if (!held) return held.error();
  record_event(store_, pod, "Warning", "FailedScheduling", why, "default-scheduler", now_());
  return Outcome{};
}

}  // namespace zdt::rehearsal
