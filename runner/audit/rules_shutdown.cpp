// What happens to requests between a pod's deletion and its end.
#include <algorithm>

#include "audit/hook.h"
#include "audit/rule.h"

namespace zdt::audit {
namespace {

constexpr milliseconds kUsualRequest{10'000};
constexpr milliseconds kUsualHook{5'000};
constexpr int64_t kDefaultGrace = 30;

int64_t seconds_up(milliseconds time) { return (time.count() + 999) / 1000; }

/// A hook to suggest: longer than the sync by a margin.
int64_t suggested_pause(const Options& options) {
  return std::max<int64_t>(seconds_up(kUsualHook), seconds_up(options.endpoint_sync) + 3);
}

bool has_prestop(const Container& container) {
  return !object_at(*container.spec, {"lifecycle", "preStop"}).empty();
}

/// Adds the member, and its parent where that is missing.
json prestop_patch(const Container& container, int64_t seconds) {
  const json hook{{"sleep", {{"seconds", seconds}}}};
  if (at(*container.spec, {"lifecycle"}).is_object())
    return json::array({add_operation(container.path + "/lifecycle/preStop", hook)});
  return json::array({add_operation(container.path + "/lifecycle", {{"preStop", hook}})});
}

/// Whether a sleep action can take the hook's place.
bool only_sleeps(const Container& container) {
  const json& hook = at(*container.spec, {"lifecycle", "preStop"});
  const json& words = array_at(hook, {"exec", "command"});
  if (hook.contains("sleep")) return true;
  if (words.size() == 2 && words[0].is_string()) return words[0].get<std::string>().ends_with("sleep");
  const std::string script = words.size() == 3 && words[2].is_string() ? words[2].get<std::string>() : "";
  return script.starts_with("sleep ") && script.find_first_of(";&|\n") == std::string::npos;
}

/// Whose hook it is that keeps the pod serving: those that take requests. A native sidecar ends after the
/// main containers, so that theirs hold it: one of them is enough.
std::vector<const Container*> in_need_of_prestop(const Workload& workload) {
  std::vector<const Container*> mains, lacking;
  for (const Container& container : workload.containers) {
    if (!container.native_sidecar) mains.push_back(&container);
  }
  const bool held =
      std::any_of(mains.begin(), mains.end(), [](const Container* one) { return has_prestop(*one); });
  const auto serving = workload.serving();
  const bool behind_sidecar =
      std::any_of(serving.begin(), serving.end(), [](const Container* one) { return one->native_sidecar; });
  for (const Container* container : mains) {
    const bool serves = std::find(serving.begin(), serving.end(), container) != serving.end();
    if (!has_prestop(*container) && (serves || (behind_sidecar && !held))) lacking.push_back(container);
  }
  return lacking;
}

/// The longest hook of the pod; those that cannot be read count as kUsualHook.
/// waits  the longest one waits until its work is done, so that requests end within it.
struct PodHook {
  bool present = false, waits = false;
  milliseconds most{0};
};

PodHook pod_hook(const Facts& facts, const Workload& workload) {
  PodHook longest;
  for (const Container& container : workload.containers) {
    const HookLength length = prestop_of(facts.set, workload, container);
    if (!length.present) continue;
    const milliseconds most =
        length.most.value_or(std::max(kUsualHook, length.least.value_or(milliseconds(0))));
    if (!longest.present || most > longest.most) longest = {true, length.waits, most};
  }
  return longest;
}

/// What has to fit into the grace period: the hook, then the requests that are still there at SIGTERM.
struct Budget {
  PodHook hook;
  milliseconds request, needed;
};

Budget budget_of(const Facts& facts, const Workload& workload) {
  Budget budget{pod_hook(facts, workload), longest_request_of(facts, workload), {}};
  const milliseconds hook =
      budget.hook.present ? budget.hook.most : std::chrono::seconds(suggested_pause(facts.options));
  budget.needed = budget.hook.waits ? hook : hook + budget.request;
  return budget;
}

/// A round number with room above what is needed.
int64_t suggested_grace(const Budget& budget) {
  return std::max<int64_t>(60, (seconds_up(budget.needed) + 10 + 29) / 30 * 30);
}

std::string budget_text(const Budget& budget) {
  if (budget.hook.waits) return fmt::format("the hook may take {}", time_text(budget.hook.most));
  if (!budget.hook.present)
    return fmt::format("a hook and a request of {} take {}", time_text(budget.request),
                       time_text(budget.needed));
  return fmt::format("the hook takes {} and the longest request {}", time_text(budget.hook.most),
                     time_text(budget.request));
}

}  // namespace

milliseconds longest_request_of(const Facts& facts, const Workload& workload) {
  if (facts.options.longest_request) return *facts.options.longest_request;
  std::optional<milliseconds> longest;
  const auto consider = [&](std::optional<milliseconds> time) {
    if (time) longest = std::max(longest.value_or(milliseconds(0)), *time);
  };
  for (const Container& container : workload.containers) {
    for (const char* variable : {"DRAIN_TIMEOUT", "GRACEFUL_TIMEOUT", "SHUTDOWN_TIMEOUT"}) {
      if (auto value = container.env(variable)) consider(time_in(*value));
    }
    for (const char* name : {"drain-timeout", "graceful-timeout", "shutdown-timeout"}) {
      if (auto value = container.flag(name)) consider(time_in(*value));
    }
  }
  for (const EnvoyProxy& proxy : facts.proxies) {
    if (proxy.workload != &workload) continue;
    for (const EnvoyListener& listener : proxy.config.listeners) {
      for (const EnvoyRoute& route : listener.routes) consider(route.limit);
    }
  }
  return longest.value_or(kUsualRequest);
}

void check_prestop_missing(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container* container : in_need_of_prestop(workload)) {
      const int64_t pause = suggested_pause(facts.options);
      report
          .add(workload, container->path + "/lifecycle/preStop",
               fmt::format("container {} gets SIGTERM while nodes and proxies still choose the pod (for {}): "
                           "the requests "
                           "that come in this time are refused or cut off",
                           container->name(), time_text(facts.options.endpoint_sync)),
               fmt::format("a preStop hook that goes on serving for {} s", pause))
          .patch = prestop_patch(*container, pause);
    }
  }
}

void check_prestop_short(const Facts& facts, const Report& report) {
  const milliseconds sync = facts.options.endpoint_sync;
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container* container : workload.serving()) {
      const HookLength length = prestop_of(facts.set, workload, *container);
      if (!length.present || !length.least) continue;
      // A hook that waits lasts longer than its pause; without a pause it may wait for something else.
      const bool long_enough =
          length.waits ? length.least->count() == 0 || *length.least >= sync : *length.least > sync;
      // A program that cannot be read may last for as long as it has to: not_judged_in says so.
      if (long_enough || !length.unread.empty()) continue;
      const bool sure = length.most && *length.most <= sync;
      Finding& finding = report.add(workload, container->path + "/lifecycle/preStop",
                                    fmt::format("the hook of container {} {} over after {}, but the pod is "
                                                "still chosen for {}: the requests in between "
                                                "are refused",
                                                container->name(), sure ? "is" : "may be", time_text(*length.least), time_text(sync)),
                                    fmt::format("a pause of {} s", suggested_pause(facts.options)));
      if (only_sleeps(*container)) finding.patch = prestop_patch(*container, suggested_pause(facts.options));
    }
  }
}

void check_grace_period(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (workload.containers.empty() || !workload.serves()) continue;
    const milliseconds grace =
        std::chrono::seconds(int_at(*workload.pod, {"terminationGracePeriodSeconds"}, kDefaultGrace));
    const Budget budget = budget_of(facts, workload);
    if (grace > budget.needed) continue;
    Finding& finding = report.add(workload, workload.pod_path + "/terminationGracePeriodSeconds",
                                  fmt::format("{}, the grace period is {}: SIGKILL cuts off what is still being answered",
                                              budget_text(budget), time_text(grace)),
                                  fmt::format("{} s", suggested_grace(budget)));
    // The application would hear of its end when it is over.
    if (budget.hook.present && budget.hook.most >= grace) finding.level = Level::kError;
    finding.patch = json::array({add_operation(finding.path, suggested_grace(budget))});
  }
}

/// A time that is enough gets no warning, written or by default; a default gets a note.
void check_grace_default(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    const bool chosen = at(*workload.pod, {"terminationGracePeriodSeconds"}).is_number();
    if (chosen || workload.containers.empty() || !workload.serves()) continue;
    const Budget budget = budget_of(facts, workload);
    const milliseconds grace = std::chrono::seconds(kDefaultGrace);
    if (budget.hook.present || grace <= budget.needed) continue;
    Finding& finding =
        report.add(workload, workload.pod_path + "/terminationGracePeriodSeconds",
                   fmt::format("terminationGracePeriodSeconds is not set: the default of {} is enough for a hook and a request of {}, and what "
                               "takes longer is killed in the middle",
                               time_text(grace), time_text(budget.request)),
                   fmt::format("{} s, or what the longest request needs", suggested_grace(budget)));
    finding.patch = json::array({add_operation(finding.path, suggested_grace(budget))});
  }
}

}  // namespace zdt::audit
