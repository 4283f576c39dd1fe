#include "kube/standstill.h"

#include <algorithm>

#include "base/text.h"
#include "base/units.h"

namespace zdt::kube {
namespace {

constexpr size_t kLongestCause = 240;

/// A container's reasons for waiting that no time heals (kubernetes/pkg/kubelet/images/types.go and
/// pkg/kubelet/kuberuntime/kuberuntime_container.go), with the kind that they are of.
struct Reason {
  std::string_view name, kind;
};
constexpr Reason kLasting[] = {
    {"ErrImagePull", "image"},      {"ImagePullBackOff", "image"},           {"InvalidImageName", "image"},
    {"ErrImageNeverPull", "image"}, {"ErrImageInspect", "image"},            {"ImageInspectError", "image"},
    {"RegistryUnavailable", "image"}, {"CreateContainerConfigError", "config"}, {"CreateContainerError", "config"},
};
/// Reasons of every pod that starts.
constexpr std::string_view kUsual[] = {"ContainerCreating", "PodInitializing"};

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.size() > kLongestCause ? text.substr(0, kLongestCause) + " …" : text;
}

std::string sentence(const std::string& reason, const std::string& message) {
  return one_line(message.empty() ? reason : fmt::format("{}: {}", reason, message));
}

std::string kind_of(const std::string& reason) {
  for (const Reason& one : kLasting) {
    if (one.name == reason) return std::string(one.kind);
  }
  return "";
}

bool is_ready_or_over(const json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"});
  if (phase == "Succeeded" || at(pod, {"metadata", "deletionTimestamp"}).is_string()) return true;
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Ready") return string_at(condition, {"status"}) == "True";
  }
  return false;
}

/// Of a container that waits for something unusual: its reason and message.
std::optional<std::pair<std::string, std::string>> waiting_container(const json& pod) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : array_at(pod, {"status", list})) {
      const std::string reason = string_at(status, {"state", "waiting", "reason"});
      const bool usual = std::find(std::begin(kUsual), std::end(kUsual), reason) != std::end(kUsual);
      if (!reason.empty() && !usual) return std::pair(reason, string_at(status, {"state", "waiting", "message"}));
    }
  }
  return std::nullopt;
}

std::string unschedulable(const json& pod) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    const bool about = string_at(condition, {"type"}) == "PodScheduled" && string_at(condition, {"status"}) == "False";
    if (about && string_at(condition, {"reason"}) == "Unschedulable") return sentence("Unschedulable", string_at(condition, {"message"}));
  }
  return "";
}

}  // namespace

std::optional<Trouble> trouble_of(const json& pod) {
  if (is_ready_or_over(pod)) return std::nullopt;
  const std::string uid = string_at(pod, {"metadata", "uid"});
  Trouble trouble{uid, fmt::format("{}/{}", string_at(pod, {"metadata", "namespace"}), string_at(pod, {"metadata", "name"})), "", false};
  if (const auto waiting = waiting_container(pod)) {
    const std::string kind = kind_of(waiting->first);
    trouble.key += " " + (kind.empty() ? waiting->first : kind);
    trouble.cause = sentence(waiting->first, waiting->second);
    trouble.lasts = !kind.empty();
    return trouble;
  }
  trouble.cause = unschedulable(pod);
  trouble.lasts = !trouble.cause.empty();
  trouble.key += trouble.lasts ? " Unschedulable" : " not ready";
  if (!trouble.lasts) trouble.cause = string_at(pod, {"status", "phase"}, "Pending") + ", not ready";
  return trouble;
}

std::string refusal_of(const json& definition) {
  for (const json& condition : array_at(definition, {"status", "conditions"})) {
    const std::string type = string_at(condition, {"type"}), status = string_at(condition, {"status"});
    const bool refuses = (type == "NamesAccepted" && status == "False") || (type == "Terminating" && status == "True");
    if (refuses) return sentence(fmt::format("{} is {} ({})", type, status, string_at(condition, {"reason"})), string_at(condition, {"message"}));
  }
  return "";
}

Task<Standstill> PodTroubles::look() {
  Query query = pods_;
  auto list = co_await client_.list(std::move(query));
  if (!list) co_return Standstill{"the API server: " + list.error().what, "", ""};
  const auto before = std::exchange(since_, {});
  Standstill seen;
  for (const json& pod : array_at(*list, {"items"})) {
    if (chosen_ && !chosen_(pod)) continue;
    if (const auto trouble = trouble_of(pod)) note(*trouble, before, seen);
  }
  co_return seen;
}

void PodTroubles::note(const Trouble& trouble, const std::map<std::string, Time>& before, Standstill& seen) {
  const auto now = std::chrono::steady_clock::now();
  const auto known = before.find(trouble.key);
  const Time since = since_[trouble.key] = known == before.end() ? now : known->second;
  if (!seen.waiting.empty()) seen.waiting += "; ";
  seen.waiting += fmt::format("pod {}: {}", trouble.pod, trouble.cause);
  if (!trouble.lasts || now - since < patience_ || !seen.lasting.empty()) return;
  const auto slash = trouble.pod.find('/');
  seen.lasting = fmt::format("pod {} has not started for {}: {}", trouble.pod, format_duration(patience_), trouble.cause);
  seen.hint = fmt::format("kubectl describe pod {} -n {}", trouble.pod.substr(slash + 1), trouble.pod.substr(0, slash));
}

}  // namespace zdt::kube
