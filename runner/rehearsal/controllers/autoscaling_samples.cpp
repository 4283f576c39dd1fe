#include "rehearsal/controllers/autoscaling_samples.h"

#include <fmt/format.h>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

constexpr auto kCpuInitializationPeriod = std::chrono::minutes(5);
constexpr auto kInitialReadinessDelay = std::chrono::seconds(30);

std::optional<WallTime> wall_time(const json& object, Path path) {
  const auto time = parse_time(string_at(object, path));
  return time ? std::optional(*time) : std::nullopt;
}

/// Whether a processor sample says nothing about the pod's work: it starts, or is not ready.
bool is_warming_up(const json& pod, const PodUsage& usage, WallTime now) {
  const auto started = wall_time(pod, {"status", "startTime"}), changed = ready_changed_at(pod);
  if (!started || !changed) return true;
  if (*started + kCpuInitializationPeriod > now)
    return !is_ready(pod) || usage.time < *changed + usage.window;
  return !is_ready(pod) && *started + kInitialReadinessDelay > *changed;
}

double used_millis(const PodUsage& usage, const std::string& resource, const std::string& container) {
  double sum = 0;
  for (const ContainerUsage& each : usage.containers) {
    if (!container.empty() && each.name != container) continue;
    sum += 1000 * (resource == "cpu" ? each.usage.cpu : static_cast<double>(each.usage.memory_bytes));
  }
  return sum;
}

}  // namespace

double millis_of(const json& value) {
  const auto amount = parse_quantity(value.is_string() ? value.get<std::string>() : value.dump());
  return amount ? *amount * 1000 : 0;
}

Samples group_pods(const Measurements& measured, const std::string& resource, const std::string& container) {
  Samples samples;
  std::map<std::string, const PodUsage*> usage;
  for (const PodUsage& each : measured.usage) {
    if (each.ns == measured.scale.key.ns) usage[each.name] = &each;
  }
  for (const ObjectPtr& pod : measured.pods) {
    const std::string name = key_of(*pod).name, phase = string_at(*pod, {"status", "phase"}, "Pending");
    if (is_deleting(*pod) || phase == "Failed" || phase == "Succeeded") continue;
    const auto found = usage.find(name);
    if (phase == "Pending") {
      samples.unready.insert(name);
    } else if (found == usage.end()) {
      samples.missing.insert(name);
    } else if (resource == "cpu" && is_warming_up(*pod, *found->second, measured.now)) {
      samples.unready.insert(name);
    } else {
      samples.used[name] = used_millis(*found->second, resource, container);
      ++samples.ready_count;
    }
  }
  return samples;
}

Result<Millis> requests_of_pods(const Measurements& measured, const std::string& resource,
                                const std::string& container) {
  Millis sums;
  for (const ObjectPtr& pod : measured.pods) {
    const std::string name = key_of(*pod).name;
    for (const char* list : {"containers", "initContainers"}) {
      for (const json& each : array_at(*pod, {"spec", list})) {
        const std::string own = string_at(each, {"name"});
        const bool ends = list[0] == 'i' && string_at(each, {"restartPolicy"}) != "Always";
        if (ends || (!container.empty() && own != container)) continue;
        const json& request = at(each, {"resources", "requests", resource});
        if (request.is_null()) {
          return Error{Code::kInvalid,
                       fmt::format("missing request for {} in container {} of Pod {}", resource, own, name),
                       ""};
        }
        sums[name] += millis_of(request);
      }
    }
  }
  return sums;
}

}  // namespace zdt::rehearsal
