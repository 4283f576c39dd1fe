// Rollouts for tests.
#pragma once
#include "rehearsal/controllers/revisions.h"
#include "rehearsal/controllers/rollout.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {

inline json weight(int64_t share) { return {{"setWeight", share}}; }
inline json pause(json duration = nullptr) {
  json step = {{"pause", json::object()}};
  if (!duration.is_null()) step["pause"]["duration"] = std::move(duration);
  return step;
}

inline json rollout(int64_t replicas, json canary) {
  json object = deployment("web", replicas);
  object["apiVersion"] = "argoproj.io/v1alpha1";
  object["kind"] = "Rollout";
  object["spec"]["strategy"] = {{"canary", std::move(canary)}};
  return object;
}

/// maxSurge 1, maxUnavailable 0.
inline json canary(json steps) {
  return {{"maxSurge", 1}, {"maxUnavailable", 0}, {"steps", std::move(steps)}};
}

}  // namespace zdt::rehearsal
