#include "rehearsal/controllers/conditions.h"

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/revisions.h"

namespace zdt::rehearsal {

void set_condition(json& status, const WorkloadCondition& condition, WallTime now, bool refresh) {
  const json previous = condition_of(json{{"status", status}}, condition.type);
  const bool same_status = string_at(previous, {"status"}) == condition.status;
  if (same_status && string_at(previous, {"reason"}) == condition.reason && !refresh) return;
  const std::string time = format_time(now);
  json written = {{"type", condition.type},
                  {"status", condition.status},
                  {"reason", condition.reason},
                  {"message", condition.message},
                  {"lastUpdateTime", time},
                  {"lastTransitionTime", same_status ? string_at(previous, {"lastTransitionTime"}) : time}};
  remove_condition(status, condition.type);
  status["conditions"].push_back(std::move(written));
}

void remove_condition(json& status, std::string_view type) {
  json kept = json::array();
  for (const json& each : array_at(status, {"conditions"})) {
    if (string_at(each, {"type"}) != type) kept.push_back(each);
  }
  status["conditions"] = std::move(kept);
}

Result<void> write_condition(Store& store, const json& deployment, const WorkloadCondition& condition,
                             WallTime now) {
  const auto [ns, name] = key_of(deployment);
  const auto written = store.modify(kDeployments, ns, name,
                                    [&](json& changed) { set_condition(changed["status"], condition, now); });
  if (!written) return written.error();
  return {};
}

bool is_complete(const json& deployment, const json& status) {
  const int64_t wanted = wanted_replicas_of(deployment);
  return int32_at(status, {"updatedReplicas"}) == wanted && int32_at(status, {"replicas"}) == wanted &&
         int32_at(status, {"availableReplicas"}) == wanted &&
         int_at(status, {"observedGeneration"}) >= int_at(deployment, {"metadata", "generation"});
}

}  // namespace zdt::rehearsal
