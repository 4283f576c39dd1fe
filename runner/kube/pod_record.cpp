#include "kube/pod_record.h"

#include <algorithm>

namespace zdt::kube {
namespace {

std::optional<WallTime> time_in(const json& object, std::initializer_list<std::string_view> path) {
  const std::string text = string_at(object, path);
  if (text.empty()) return std::nullopt;
  auto time = parse_time(text);
  return time ? std::optional(*time) : std::nullopt;
}

const json& named(const json& list, const std::string& name) {
  static const json nothing;
  for (const json& entry : list) {
    if (string_at(entry, {"name"}) == name) return entry;
  }
  return nothing;
}

std::string tag_of(std::string image) {
  image = image.substr(0, image.find('@'));
  const size_t colon = image.rfind(':');
  return colon == std::string::npos || image.find('/', colon) != std::string::npos ? ""
                                                                                   : image.substr(colon + 1);
}

void note_identity(PodRecord& record, const json& pod) {
  record.uid = string_at(pod, {"metadata", "uid"});
  record.pod = string_at(pod, {"metadata", "name"});
  record.ns = string_at(pod, {"metadata", "namespace"});
  if (record.main_container.empty()) record.main_container = main_container_of(pod);
  const json& container = named(array_at(pod, {"spec", "containers"}), record.main_container);
  record.image_tag = tag_of(string_at(container, {"image"}));
  record.has_hook = !object_at(container, {"lifecycle", "preStop"}).empty();
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& each : array_at(pod, {"spec", list})) {
      record.has_readiness_probe = record.has_readiness_probe || each.contains("readinessProbe");
    }
  }
}

void note_addresses(PodRecord& record, const json& pod) {
  const auto add = [&record](const std::string& address) {
    auto& known = record.addresses;
    if (!address.empty() && std::find(known.begin(), known.end(), address) == known.end())
      known.push_back(address);
  };
  add(string_at(pod, {"status", "podIP"}));
  for (const json& entry : array_at(pod, {"status", "podIPs"})) add(string_at(entry, {"ip"}));
}

/// The deletion began a grace period before the deletionTimestamp.
void note_deletion(PodRecord& record, const json& pod, WallTime seen, bool first) {
  const auto end = time_in(pod, {"metadata", "deletionTimestamp"});
  if (!end || record.deleted) return;
  record.deleted = seen;
  if (first)
    record.deleted = *end - std::chrono::seconds(int_at(pod, {"metadata", "deletionGracePeriodSeconds"}));
}

void note_ready(PodRecord& record, const json& pod, WallTime seen, bool first) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) != "Ready") continue;
    const bool on = string_at(condition, {"status"}) == "True";
    if (!on && record.ready.empty()) return;
    const auto own = time_in(condition, {"lastTransitionTime"});
    note_change(record.ready, on, first && own ? *own : seen);
  }
}

/// An end is dated by whole seconds, cut: it was within the second that follows, and not after it was seen.
WallTime exit_time(const json& terminated, WallTime seen) {
  const auto own = time_in(terminated, {"finishedAt"});
  return own ? std::min(seen, *own + milliseconds(999)) : seen;
}

bool is_up(const PodRecord& record) { return !record.process.empty() && record.process.back().on; }

/// True when it runs and did not, or is another process than the one before.
bool note_process(PodRecord& record, const json& pod, WallTime seen, bool first) {
  const json& status = named(array_at(pod, {"status", "containerStatuses"}), record.main_container);
  const json& running = object_at(status, {"state", "running"});
  const json& terminated = object_at(status, {"state", "terminated"});
  const json& last = object_at(status, {"lastState", "terminated"});
  if (!terminated.empty() || (running.empty() && !last.empty())) {
    if (is_up(record))
      note_change(record.process, false, exit_time(terminated.empty() ? last : terminated, seen));
    return false;
  }
  if (running.empty()) return false;
  const WallTime started = time_in(running, {"startedAt"}).value_or(seen);
  const bool another = is_up(record) && !last.empty() && started > record.process.back().at;
  if (another) note_change(record.process, false, exit_time(last, seen));
  if (is_up(record)) return false;
  note_change(record.process, true, first ? started : seen);
  return true;
}

}  // namespace

std::string main_container_of(const json& pod) {
  const std::string named_one =
      string_at(object_at(pod, {"metadata", "annotations"}), {"kubectl.kubernetes.io/default-container"});
  const json& containers = array_at(pod, {"spec", "containers"});
  if (!named_one.empty() || containers.empty()) return named_one;
  return string_at(containers.front(), {"name"});
}

void note_change(std::vector<Change>& changes, bool on, WallTime at) {
  if (!changes.empty() && (changes.back().on == on)) return;
  if (changes.empty() && !on) return;
  if (!changes.empty()) at = std::max(at, changes.back().at);
  changes.push_back({at, on});
}

bool note_pod(PodRecord& record, const json& pod, WallTime seen, bool first) {
  note_identity(record, pod);
  note_addresses(record, pod);
  if (!record.created) record.created = time_in(pod, {"metadata", "creationTimestamp"});
  note_deletion(record, pod, seen, first);
  note_ready(record, pod, seen, first);
  return note_process(record, pod, seen, first);
}

void note_log_line(PodRecord& record, const StopWords& words, std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view text = line.substr(space + 1);
  const auto has = [text](const std::string& word) {
    return !word.empty() && text.find(word) != std::string_view::npos;
  };
  const bool signal = has(words.signal), start = has(words.hook_start), end = has(words.hook_end);
  if (!signal && !start && !end) return;
  auto at = parse_time(line.substr(0, space));
  if (!at) return;
  auto own = parse_time(text.substr(0, text.find(' ')));
  if (own && *own < *at && *at - *own < std::chrono::seconds(5)) at = own;
  if (start) record.hook_started = *at;
  if (end) record.hook_ended = *at;
  if (signal) record.signalled = *at;
}

}  // namespace zdt::kube
