#include "rehearsal/controllers/nodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kCordonKey = "node.kubernetes.io/unschedulable";

std::vector<json> evicting_taints(const json& node) {
  std::vector<json> taints;
  for (const json& taint : array_at(node, {"spec", "taints"})) {
    if (string_at(taint, {"effect"}) == "NoExecute") taints.push_back(taint);
  }
  return taints;
}

bool has_cordon_taint(const json& node) {
  const json& taints = array_at(node, {"spec", "taints"});
  return std::any_of(taints.begin(), taints.end(),
                     [](const json& taint) { return string_at(taint, {"key"}) == kCordonKey; });
}

/// How many seconds the pod tolerates `taint`, the shortest of what it says: none for always; nothing at all
/// when it does not tolerate it.
std::optional<std::optional<int64_t>> shortest_toleration(const json& pod, const json& taint) {
  std::optional<std::optional<int64_t>> shortest;
  for (const json& toleration : array_at(pod, {"spec", "tolerations"})) {
    const json alone = {{"spec", {{"tolerations", json::array({toleration})}}}};
    if (!tolerates(alone, taint)) continue;
    if (!shortest) shortest.emplace(std::nullopt);
    if (!toleration.contains("tolerationSeconds")) continue;
    const int64_t seconds = std::max<int64_t>(int32_at(toleration, {"tolerationSeconds"}), 0);
    if (!shortest->has_value() || seconds < **shortest) *shortest = seconds;
  }
  return shortest;
}

}  // namespace

NodeController::NodeController(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> NodeController::concerned(const Event& event) {
  if (event.resource == "nodes") return {{"", key_of(*event.object).name}};
  if (event.resource != "pods") return {};
  if (event.change == Change::kDeleted) tainted_since_.erase(string_at(*event.object, {"metadata", "uid"}));
  const ObjectPtr node = store_.find("nodes", "", string_at(*event.object, {"spec", "nodeName"}));
  if (!node || evicting_taints(*node).empty() || event.change == Change::kDeleted) return {};
  return {{"", key_of(*node).name}};
}

Result<Outcome> NodeController::reconcile(const Key& key) {
  const ObjectPtr node = store_.find("nodes", "", key.name);
  if (!node) return Outcome{};
  if (auto marked = mark_cordon(*node); !marked) return marked.error();
  const auto taints = evicting_taints(*node);
  Outcome outcome;
  for (const ObjectPtr& pod : store_.list("pods")) {
    if (string_at(*pod, {"spec", "nodeName"}) != key.name || is_deleting(*pod)) continue;
    const auto end = end_of_stay(*pod, taints);
    if (!end) continue;
    const auto left = std::chrono::ceil<milliseconds>(*end - now_());
    if (left.count() > 0) {
      outcome.requeue_after = std::min(outcome.requeue_after.value_or(left), left);
    } else if (auto evicted = evict(*pod); !evicted) {
      return evicted.error();
    }
  }
  return outcome;
}

Result<void> NodeController::mark_cordon(const json& node) {
  const bool cordoned = bool_at(node, {"spec", "unschedulable"});
  if (cordoned == has_cordon_taint(node)) return {};
  const auto marked = store_.modify("nodes", "", key_of(node).name, [&](json& changed) {
    json taints = json::array();
    for (const json& taint : array_at(changed, {"spec", "taints"})) {
      if (string_at(taint, {"key"}) != kCordonKey) taints.push_back(taint);
    }
    if (cordoned) {
      taints.push_back({{"key", kCordonKey}, {"effect", "NoSchedule"}, {"timeAdded", format_time(now_())}});
    }
    changed["spec"]["taints"] = taints;
    if (taints.empty()) changed["spec"].erase("taints");
  });
  if (!marked) return marked.error();
  return {};
}

std::optional<WallTime> NodeController::end_of_stay(const json& pod, const std::vector<json>& taints) {
  const std::string uid = string_at(pod, {"metadata", "uid"});
  if (taints.empty()) {
    tainted_since_.erase(uid);
    return std::nullopt;
  }
  const WallTime since = tainted_since_.try_emplace(uid, now_()).first->second;
  std::optional<WallTime> end;
  for (const json& taint : taints) {
    const auto tolerated = shortest_toleration(pod, taint);
    if (!tolerated) return since;
    if (!tolerated->has_value()) continue;
    const WallTime over = since + std::chrono::seconds(**tolerated);
    end = std::min(end.value_or(over), over);
  }
  return end;
}

Result<void> NodeController::evict(const json& pod) {
  const auto [ns, name] = key_of(pod);
  record_event(store_, pod, "Normal", "TaintManagerEviction",
               fmt::format("Marking for deletion Pod {}/{}", ns, name), "taint-eviction-controller", now_());
  const auto marked = mark_disruption(store_, pod, "DeletionByTaintManager",
                                      "Taint manager: deleting due to NoExecute taint", now_());
  if (!marked) return marked;
  const auto deleted = request_deletion(store_, "pods", ns, name);
  if (!deleted) return deleted.error();
  return {};
}

}  // namespace zdt::rehearsal
