#include "script/diagnosis.h"

#include <map>

namespace zdt::script {
namespace {

constexpr size_t kMostPods = 5, kMostEvents = 10;
constexpr int64_t kLogLines = 8;

std::string container_state(const json& status) {
  for (const char* state : {"waiting", "terminated"}) {
    const json& detail = at(status, {"state", state});
    if (!detail.is_object()) continue;
    return fmt::format("{} {} {}", state, string_at(detail, {"reason"}), string_at(detail, {"message"}));
  }
  return bool_at(status, {"ready"}) ? "ready" : "running, not ready";
}

bool is_well(const json& pod) {
  if (string_at(pod, {"status", "phase"}) == "Succeeded") return true;
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Ready") return string_at(condition, {"status"}) == "True";
  }
  return false;
}

json describe(const json& pod) {
  json lines = json::array();
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : array_at(pod, {"status", list})) {
      lines.push_back(fmt::format("{}: {} (restarts {})", string_at(status, {"name"}), container_state(status),
                                  int_at(status, {"restartCount"})));
    }
  }
  const std::string phase = at(pod, {"metadata", "deletionTimestamp"}).is_string() ? "Terminating" : string_at(pod, {"status", "phase"});
  return {{"title", fmt::format("pod {} is {}", string_at(pod, {"metadata", "name"}), phase)}, {"lines", lines}};
}

Task<void> add_log(kube::Client& client, const json& pod, json& sections) {
  for (const json& container : array_at(pod, {"spec", "containers"})) {
    kube::Client::LogQuery query{.ns = string_at(pod, {"metadata", "namespace"}),
                                 .pod = string_at(pod, {"metadata", "name"}),
                                 .container = string_at(container, {"name"}),
                                 .tail = kLogLines};
    std::string title = fmt::format("last lines of {} {}", query.pod, query.container);
    json lines = json::array();
    auto read = co_await client.logs(std::move(query), [&lines](std::string_view line) {
      lines.push_back(std::string(line));
      return lines.size() < static_cast<size_t>(kLogLines);
    });
    if (read && !lines.empty()) sections.push_back({{"title", title}, {"lines", lines}});
  }
}

/// uid -> whether the pod is well.
using Pods = std::map<std::string, bool>;

/// Whether the event explains nothing now: its pod is gone, or was still starting then, and is well.
bool is_about_the_past(const json& event, const Pods& living) {
  const json& object = at(event, {"involvedObject"});
  const std::string uid = string_at(object, {"uid"});
  if (string_at(object, {"kind"}) != "Pod" || uid.empty()) return false;
  const auto pod = living.find(uid);
  return pod == living.end() || (pod->second && string_at(event, {"message"}).starts_with("Startup probe"));
}

Task<void> add_events(kube::Client& client, Pods living, json& sections) {
  kube::Query query{.kind = "events", .fields = "type=Warning"};
  auto list = co_await client.list(std::move(query));
  if (!list) co_return;
  std::vector<std::pair<std::string, std::string>> seen;
  for (const json& event : array_at(*list, {"items"})) {
    if (is_about_the_past(event, living)) continue;
    seen.emplace_back(string_at(event, {"lastTimestamp"}),
                      fmt::format("{} {}/{}: {}", string_at(event, {"reason"}), string_at(event, {"involvedObject", "kind"}),
                                  string_at(event, {"involvedObject", "name"}), string_at(event, {"message"})));
  }
  std::sort(seen.begin(), seen.end());
  json lines = json::array();
  for (size_t i = seen.size() > kMostEvents ? seen.size() - kMostEvents : 0; i < seen.size(); ++i) {
    lines.push_back(seen[i].first + " " + seen[i].second);
  }
  if (!lines.empty()) sections.push_back({{"title", "warnings"}, {"lines", lines}});
}

}  // namespace

Task<json> diagnosis_of(kube::Client& client) {
  json sections = json::array();
  kube::Query query{.kind = "pods"};
  auto pods = co_await client.list(std::move(query));
  if (!pods) co_return sections;
  size_t shown = 0;
  Pods living;
  for (const json& pod : array_at(*pods, {"items"})) {
    living[string_at(pod, {"metadata", "uid"})] = is_well(pod);
    if (is_well(pod) || shown++ >= kMostPods) continue;
    sections.push_back(describe(pod));
    co_await add_log(client, pod, sections);
  }
  co_await add_events(client, std::move(living), sections);
  co_return sections;
}

}  // namespace zdt::script
