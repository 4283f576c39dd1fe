#include "kube/wait.h"

#include "base/text.h"
#include "base/units.h"
#include "kube/rollout.h"

namespace zdt::kube {
namespace {

/// What a wait has seen so far; outlives the watch that is cut off by the deadline.
struct Looks {
  int count = 0;
  std::string last = "nothing yet", failure;
  json object;
  bool met = false;
};

Task<Result<void>> watch_until(Client& client, Query query, const Unmet& unmet, const Unmet& hopeless, Looks& looks) {
  bool present = false;
  const auto look = [&](const json* object) {
    ++looks.count;
    looks.object = object == nullptr ? json() : *object;
    looks.last = unmet(object);
    looks.met = looks.last.empty();
    if (!looks.met && hopeless) looks.failure = hopeless(object);
    return !looks.met && looks.failure.empty();
  };
  const auto on_event = [&](const std::string& type, const json& object) {
    present = type != "DELETED";
    return look(present ? &object : nullptr);
  };
  auto watched = co_await client.watch(std::move(query), on_event, [&] { return present || look(nullptr); });
  co_return watched;
}

}  // namespace

Task<Result<json>> wait_until(Client& client, Query query, Unmet unmet, milliseconds limit, Unmet hopeless) {
  const std::string name = query.kind + "/" + query.name;
  const auto end = std::chrono::steady_clock::now() + limit;
  Looks looks;
  while (!looks.met) {
    // Rounded up, so that a deadline that passes is the end of this wait and not a little before it.
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    Error late{Code::kTimeout, "", ""};
    auto watched = co_await with_deadline(watch_until(client, query, unmet, hopeless, looks), std::max(left, milliseconds(1)), late);
    if (looks.met) break;
    if (!looks.failure.empty()) {
      co_return Error{Code::kFailed, fmt::format("{}: {}", name, looks.failure),
                      fmt::format("kubectl describe {} {}", lower(query.kind), query.name)};
    }
    if (!watched && watched.error().code == Code::kUsage) co_return watched.error();
    if (!watched && !watched.error().what.empty()) looks.last = watched.error().what;
    const auto rest = end - std::chrono::steady_clock::now();
    if (rest.count() <= 0) {
      co_return Error{Code::kTimeout,
                      fmt::format("{}: timed out after {} ({} looks). Last: {}", name, format_duration(limit), looks.count,
                                  looks.last),
                      fmt::format("kubectl describe {} {}", lower(query.kind), query.name)};
    }
    co_await sleep_for(std::min<std::chrono::nanoseconds>(rest, milliseconds(200)));
  }
  co_return std::move(looks.object);
}

namespace {

/// Whether `condition` was set for an older specification than the object has now.
bool is_outdated(const json& object, const json& condition) {
  const int64_t generation = int_at(object, {"metadata", "generation"});
  const int64_t observed = int_at(object, {"status", "observedGeneration"}, generation);
  return int_at(condition, {"observedGeneration"}, observed) < generation;
}

/// As k8s.io/kubectl/pkg/cmd/wait/condition.go: without case, and not for an older generation.
std::string condition_unmet(const json* object, const std::string& type, const std::string& status) {
  if (object == nullptr) return "it does not exist";
  for (const json& condition : array_at(*object, {"status", "conditions"})) {
    if (lower(string_at(condition, {"type"})) != lower(type)) continue;
    if (is_outdated(*object, condition)) return "the new specification has not been observed yet";
    const std::string seen = string_at(condition, {"status"});
    if (lower(seen) == lower(status)) return "";
    return fmt::format("condition {} is {} ({})", type, seen, string_at(condition, {"message"}, string_at(condition, {"reason"})));
  }
  return fmt::format("it has no condition {} yet", type);
}

std::string phase_unmet(const json* object, const std::string& phase) {
  if (object == nullptr) return "it does not exist";
  const std::string seen = string_at(*object, {"status", "phase"});
  return seen == phase ? "" : fmt::format("phase is {}, want {}", seen, phase);
}

}  // namespace

Result<Unmet> condition_named(const std::string& name) {
  if (name == "delete") return Unmet([](const json* o) { return o == nullptr ? "" : "it still exists"; });
  if (name == "exists") return Unmet([](const json* o) { return o != nullptr ? "" : "it does not exist"; });
  if (name == "rollout") return Unmet(&rollout_unmet);
  const auto parts = split(name, '=');
  const bool complete = parts.size() >= 2 && !parts[1].empty();
  if (parts[0] == "condition" && complete && parts.size() <= 3) {
    const std::string status = parts.size() > 2 ? parts[2] : "True";
    return Unmet([type = parts[1], status](const json* o) { return condition_unmet(o, type, status); });
  }
  if (parts[0] == "phase" && complete && parts.size() == 2) return Unmet([phase = parts[1]](const json* o) { return phase_unmet(o, phase); });
  return Error{Code::kUsage, fmt::format("cannot wait for \"{}\"", name),
               "wait for rollout, delete, exists, condition=TYPE[=STATUS] or phase=NAME"};
}

}  // namespace zdt::kube
