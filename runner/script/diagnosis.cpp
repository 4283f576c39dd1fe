#include "script/diagnosis.h"

#include <algorithm>
#include <map>
#include <set>

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

/// A cluster's clock may be a little behind this machine's.
constexpr std::chrono::seconds kClockSkew{2};

/// When it happened last. Events of events.k8s.io have eventTime, and a series where they came again.
std::string time_of(const json& event) {
  std::string time;
  for (const std::string& one : {string_at(event, {"lastTimestamp"}), string_at(event, {"series", "lastObservedTime"}),
                                 string_at(event, {"eventTime"}), string_at(event, {"firstTimestamp"})}) {
    time = std::max(time, one);
  }
  return time;
}

/// Whether the event is of the step: it came since, and is about what the step touched in that namespace.
class Relevance {
 public:
  Relevance(const Touched& touched, const std::string& ns) : since_(touched.since) {
    for (const auto& [where, name] : touched.objects) {
      if (where == ns) names_.insert(name);
    }
  }
  bool covers(const json& event) const {
    return is_since(event) && (names_.empty() || names_.contains("") || is_about(string_at(event, {"involvedObject", "name"})));
  }

 private:
  bool is_since(const json& event) const {
    auto time = parse_time(time_of(event));
    return !time || *time >= std::chrono::floor<std::chrono::seconds>(since_) - kClockSkew;
  }
  bool is_about(const std::string& name) const {
    return std::any_of(names_.begin(), names_.end(), [&](const std::string& one) { return name == one || name.starts_with(one + "-"); });
  }
  WallTime since_;
  std::set<std::string> names_;
};

std::string text_of(const json& event) {
  return fmt::format("{} {}/{}: {}", string_at(event, {"reason"}), string_at(event, {"involvedObject", "kind"}),
                     string_at(event, {"involvedObject", "name"}), string_at(event, {"message"}));
}

/// time and text of each warning
using Warnings = std::vector<std::pair<std::string, std::string>>;

Task<void> add_warnings(kube::Client& client, std::string ns, const Pods& living, const Relevance& relevance, Warnings& warnings) {
  kube::Query query{.kind = "events", .ns = std::move(ns), .fields = "type=Warning"};
  auto list = co_await client.list(std::move(query));
  if (!list) co_return;
  for (const json& event : array_at(*list, {"items"})) {
    if (!is_about_the_past(event, living) && relevance.covers(event)) warnings.emplace_back(time_of(event), text_of(event));
  }
}

json newest_lines(Warnings warnings) {
  std::sort(warnings.begin(), warnings.end());
  json lines = json::array();
  for (size_t i = warnings.size() > kMostEvents ? warnings.size() - kMostEvents : 0; i < warnings.size(); ++i) {
    lines.push_back(warnings[i].first + " " + warnings[i].second);
  }
  return lines;
}

/// Adds a section for each pod that is not well, up to kMostPods in all; returns all pods.
Task<Pods> add_pods(kube::Client& client, std::string ns, size_t& shown, json& sections) {
  Pods living;
  kube::Query query{.kind = "pods", .ns = std::move(ns)};
  auto pods = co_await client.list(std::move(query));
  if (!pods) co_return living;
  for (const json& pod : array_at(*pods, {"items"})) {
    living[string_at(pod, {"metadata", "uid"})] = is_well(pod);
    if (is_well(pod) || shown++ >= kMostPods) continue;
    sections.push_back(describe(pod));
    co_await add_log(client, pod, sections);
  }
  co_return living;
}

}  // namespace

Task<json> diagnosis_of(kube::Client& client, Touched touched) {
  json sections = json::array();
  std::set<std::string> namespaces;
  std::set<std::pair<std::string, std::string>> objects;
  const std::string own = client.connection().ns;
  for (const auto& [ns, name] : touched.objects) objects.emplace(ns.empty() || ns == "*" ? own : ns, name);
  touched.objects = std::move(objects);
  for (const auto& [ns, name] : touched.objects) namespaces.insert(ns);
  if (namespaces.empty()) namespaces.insert(own);
  size_t shown = 0;
  Warnings warnings;
  for (const std::string& ns : namespaces) {
    const Pods living = co_await add_pods(client, ns, shown, sections);
    const Relevance relevance(touched, ns);
    co_await add_warnings(client, ns, living, relevance, warnings);
  }
  json lines = newest_lines(std::move(warnings));
  if (!lines.empty()) sections.push_back({{"title", "warnings"}, {"lines", std::move(lines)}});
  co_return sections;
}

}  // namespace zdt::script
