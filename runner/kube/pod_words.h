// A pod in a few words, and ages.
#pragma once
#include <chrono>

#include "base/json.h"

namespace zdt::kube {

/// status  as `kubectl get pods` says it: "Running", "Init:0/1", "ImagePullBackOff", "Terminating".
/// ready, total  containers, sidecars not counted (argo-rollouts:
/// pkg/kubectl-argo-rollouts/info/pod_info.go).
struct PodWords {
  std::string status;
  int64_t ready = 0, total = 0, restarts = 0;
};
PodWords words_of(const json& pod);

/// "42s", "5m30s", "47m", "3h", "2d" (apimachinery/pkg/util/duration, HumanDuration, two units below 10
/// minutes only).
std::string short_age(std::chrono::seconds age);

}  // namespace zdt::kube
