#include "kube/pod_words.h"

#include <fmt/format.h>

namespace zdt::kube {
namespace {

/// Why a container does not run: the waiting or terminated state's reason; "" when it runs.
std::string trouble_of(const json& container) {
  const std::string waiting = string_at(container, {"state", "waiting", "reason"});
  const json& ended = at(container, {"state", "terminated"});
  if (!waiting.empty() || ended.is_null()) return waiting;
  return string_at(ended, {"reason"}, fmt::format("ExitCode:{}", int_at(ended, {"exitCode"})));
}

bool is_sidecar(const json& pod, const std::string& name) {
  for (const json& container : array_at(pod, {"spec", "initContainers"})) {
    if (string_at(container, {"name"}) == name) return string_at(container, {"restartPolicy"}) == "Always";
  }
  return false;
}

/// "Init:…" while an init container has still to end (a sidecar: to start); "" after that.
std::string initialising(const json& pod) {
  const json& containers = array_at(pod, {"status", "initContainerStatuses"});
  for (size_t i = 0; i < containers.size(); ++i) {
    const json& container = containers[i];
    const json& ended = at(container, {"state", "terminated"});
    if (!ended.is_null() && int_at(ended, {"exitCode"}) == 0) continue;
    if (is_sidecar(pod, string_at(container, {"name"})) && bool_at(container, {"started"})) continue;
    const std::string trouble = trouble_of(container);
    if (!trouble.empty() && trouble != "PodInitializing") return "Init:" + trouble;
    return fmt::format("Init:{}/{}", i, array_at(pod, {"spec", "initContainers"}).size());
  }
  return "";
}

}  // namespace

PodWords words_of(const json& pod) {
  PodWords words{string_at(pod, {"status", "reason"}, string_at(pod, {"status", "phase"}, "Pending"))};
  words.total = static_cast<int64_t>(array_at(pod, {"spec", "containers"}).size());
  bool running = false;
  for (const json& container : array_at(pod, {"status", "containerStatuses"})) {
    words.restarts += int_at(container, {"restartCount"});
    const std::string trouble = trouble_of(container);
    if (!trouble.empty()) words.status = trouble;
    if (!trouble.empty() || !bool_at(container, {"ready"})) continue;
    ++words.ready;
    running = true;
  }
  if (words.status == "Completed" && running) words.status = "Running";
  if (const std::string init = initialising(pod); !init.empty()) words.status = init;
  if (!at(pod, {"metadata", "deletionTimestamp"}).is_null()) words.status = "Terminating";
  return words;
}

std::string short_age(std::chrono::seconds age) {
  const int64_t seconds = std::max<int64_t>(age.count(), 0), minutes = seconds / 60, hours = minutes / 60;
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (minutes < 10)
    return seconds % 60 == 0 ? fmt::format("{}m", minutes) : fmt::format("{}m{}s", minutes, seconds % 60);
  if (hours < 3) return fmt::format("{}m", minutes);
  return hours < 48 ? fmt::format("{}h", hours) : fmt::format("{}d", hours / 24);
}

}  // namespace zdt::kube
