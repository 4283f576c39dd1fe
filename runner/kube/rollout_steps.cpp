// What moves a rollout on, back or round.
#include "kube/rollout.h"
#include "kube/wait.h"

namespace zdt::kube {
namespace {

struct Patches {
  json spec, status;
};

/// getPatches (cmd/promote/promote.go).
Patches promotion_of(const json& rollout, bool full) {
  Patches patches;
  const json& status = at(rollout, {"status"});
  if (bool_at(rollout, {"spec", "paused"})) patches.spec["spec"]["paused"] = false;
  if (full) {
    if (at(status, {"currentPodHash"}) != at(status, {"stableRS"}))
      patches.status["status"]["promoteFull"] = true;
    return patches;
  }
  const auto steps = static_cast<int64_t>(array_at(rollout, {"spec", "strategy", "canary", "steps"}).size());
  const bool pauses = !array_at(status, {"pauseConditions"}).empty();
  if (!pauses && steps == 0) return patches;
  patches.status["status"]["pauseConditions"] = nullptr;
  if (!pauses) {
    patches.status["status"]["currentStepIndex"] = std::min(int_at(status, {"currentStepIndex"}) + 1, steps);
  }
  return patches;
}

Task<Result<json>> patch_status(Client& client, Query workload, std::string act, json body) {
  if (workload.kind != kRollouts) {
    co_return Error{Code::kUsage,
                    fmt::format("{}: a Deployment knows no {}, only a Rollout does", workload.name, act),
                    fmt::format("kubectl rollout undo deployment/{}", workload.name)};
  }
  auto patched = co_await client.patch(std::move(workload), PatchType::kMerge, std::move(body), "status");
  co_return patched;
}

}  // namespace

Task<Result<json>> restart_rollout(Client& client, Query workload, WallTime now) {
  json body;
  if (workload.kind == kRollouts) {
    body["spec"]["restartAt"] = format_time(now);
  } else {
    body["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
        format_time(now);
  }
  auto patched = co_await client.patch(std::move(workload), PatchType::kMerge, std::move(body));
  co_return patched;
}

Task<Result<json>> promote_rollout(Client& client, Query workload, bool full) {
  auto object = co_await client.get(workload);
  if (!object) co_return object.error();
  if (workload.kind == kRollouts && !unobserved(&*object).empty()) {
    object = co_await wait_until(client, workload, &unobserved, milliseconds(30'000));
    if (!object) co_return object.error();
  }
  Patches patches = promotion_of(*object, full);
  if (workload.kind == kRollouts && !patches.status.is_null()) {
    object = co_await client.patch(workload, PatchType::kMerge, std::move(patches.status), "status");
    if (!object) co_return object.error();
  }
  if (!patches.spec.is_null())
    object = co_await client.patch(workload, PatchType::kMerge, std::move(patches.spec));
  co_return object;
}

Task<Result<json>> abort_rollout(Client& client, Query workload) {
  json body = {{"status", {{"abort", true}}}};
  auto aborted = co_await patch_status(client, std::move(workload), "abort", std::move(body));
  co_return aborted;
}

Task<Result<json>> retry_rollout(Client& client, Query workload) {
  json body = {{"status", {{"abort", false}}}};
  auto retried = co_await patch_status(client, std::move(workload), "retry", std::move(body));
  co_return retried;
}

}  // namespace zdt::kube
