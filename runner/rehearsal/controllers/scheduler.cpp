#include "rehearsal/controllers/scheduler.h"

#include <fmt/format.h>

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
  pod["status"]["conditions"] = std::move(others);
  if (string_at(pod, {"status", "phase"}).empty()) pod["status"]["phase"] = "Pending";
}

}  // namespace

Scheduler::Scheduler(Store& store, std::string node_name, Clock now)
    : store_(store), node_name_(std::move(node_name)), now_(std::move(now)) {}

std::vector<Key> Scheduler::concerned(const Event& event) {
  if (event.resource == "pods" && event.change != Change::kDeleted && waits_for_node(*event.object)) {
    return {key_of(*event.object)};
  }
  std::vector<Key> waiting;
  if (event.resource == "nodes") {
    for (const ObjectPtr& pod : store_.list("pods")) {
      if (waits_for_node(*pod)) waiting.push_back(key_of(*pod));
    }
  }
  return waiting;
}

Result<Outcome> Scheduler::reconcile(const Key& key) {
  const ObjectPtr pod = store_.find("pods", key.ns, key.name);
  if (!pod || !waits_for_node(*pod)) return Outcome{};
  const std::string why = obstacle(*pod);
  return why.empty() ? assign(*pod) : hold(*pod, why);
}

std::string Scheduler::obstacle(const json& pod) const {
  const ObjectPtr node = store_.find("nodes", "", node_name_);
  if (!node) return "no nodes available to schedule pods";
  const std::string none = "0/1 nodes are available: 1 ";
  if (!condition_is_true(*node, "Ready")) return none + "node(s) were not ready.";
  if (bool_at(*node, {"spec", "unschedulable"})) return none + "node(s) were unschedulable.";
  const json& wanted = object_at(pod, {"spec", "nodeSelector"});
  if (wanted.empty() || holds_labels(labels_of(*node), wanted)) return "";
  return none + "node(s) didn't match Pod's node affinity/selector.";
}

Result<Outcome> Scheduler::assign(const json& pod) {
  const auto [ns, name] = key_of(pod);
  const auto assigned = store_.modify("pods", ns, name, [&](json& changed) {
    changed["spec"]["nodeName"] = node_name_;
    set_scheduled(changed, true, "", now_());
  });
  if (!assigned) return assigned.error();
  record_event(store_, pod, "Normal", "Scheduled",
               fmt::format("Successfully assigned {}/{} to {}", ns, name, node_name_), "default-scheduler",
               now_());
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
