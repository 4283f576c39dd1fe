#include "rehearsal/node/events.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "base/units.h"

namespace zdt::rehearsal {
namespace {

constexpr size_t kKept = 1000;

std::string field_path(const json& pod, const std::string& container) {
  if (container.empty()) return "";
  for (const json& init : array_at(pod, {"spec", "initContainers"})) {
    if (string_at(init, {"name"}) == container) return fmt::format("spec.initContainers{{{}}}", container);
  }
  return fmt::format("spec.containers{{{}}}", container);
}

json involved_object(const json& pod, const std::string& path) {
  json object = {{"kind", "Pod"},
                 {"apiVersion", "v1"},
                 {"namespace", string_at(pod, {"metadata", "namespace"})},
                 {"name", string_at(pod, {"metadata", "name"})},
                 {"uid", string_at(pod, {"metadata", "uid"})},
                 {"resourceVersion", string_at(pod, {"metadata", "resourceVersion"})}};
  if (!path.empty()) object["fieldPath"] = path;
  return object;
}

}  // namespace

void EventRecorder::normal(const json& pod, const std::string& container, const std::string& reason,
                           const std::string& message) {
  record(pod, container, "Normal", reason, message);
}

void EventRecorder::warning(const json& pod, const std::string& container, const std::string& reason,
                            const std::string& message) {
  record(pod, container, "Warning", reason, message);
}

void EventRecorder::forget_oldest() {
  const auto oldest = known_.find(order_.front());
  order_.pop_front();
  auto removed = store_->remove("events", oldest->second.first, oldest->second.second);
  if (!removed) spdlog::debug("an event was gone already: {}", removed.error().what);
  known_.erase(oldest);
}

void EventRecorder::record(const json& pod, const std::string& container, const std::string& type,
                           const std::string& reason, const std::string& message) {
  if (store_ == nullptr) return;
  const std::string path = field_path(pod, container), now = format_time(std::chrono::system_clock::now());
  const std::string key = join({string_at(pod, {"metadata", "uid"}), path, type, reason, message}, "\n");
  if (const auto known = known_.find(key); known != known_.end()) {
    const auto counted =
        store_->modify("events", known->second.first, known->second.second, [&](json& event) {
          event["count"] = int_at(event, {"count"}) + 1;
          event["lastTimestamp"] = now;
        });
    if (counted) return;
    std::erase(order_, key);  // somebody deleted it
    known_.erase(known);
  }
  const std::string ns = string_at(pod, {"metadata", "namespace"}), node = string_at(pod, {"spec", "nodeName"});
  json event = {{"apiVersion", "v1"},
                {"kind", "Event"},
                {"metadata",
                 {{"namespace", ns},
                  {"name", fmt::format("{}.{}", string_at(pod, {"metadata", "name"}), random_token(8))}}},
                {"involvedObject", involved_object(pod, path)},
                {"type", type},
                {"reason", reason},
                {"message", message},
                {"source", {{"component", "kubelet"}, {"host", node}}},
                {"reportingComponent", "kubelet"},
                {"reportingInstance", node},
                {"firstTimestamp", now},
                {"lastTimestamp", now},
                {"count", 1}};
  auto created = store_->create("events", std::move(event));
  if (!created) return spdlog::warn("an event is lost: {}", created.error().what);
  known_[key] = {ns, string_at(**created, {"metadata", "name"})};
  order_.push_back(key);
  if (order_.size() > kKept) forget_oldest();
}

}  // namespace zdt::rehearsal
