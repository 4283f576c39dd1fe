// What becomes of one pod, with the times at which it was seen here.
#pragma once
#include <optional>

#include "base/json.h"
#include "base/units.h"

namespace zdt::kube {

/// Something began (on) or ended.
struct Change {
  WallTime at;
  bool on = true;
};

/// Times are those at which a watch brought the news, as Kubernetes' own have whole seconds only; of what had
/// happened before the watch they are Kubernetes'. Absent: not seen. image_tag  of the main container.
/// has_hook, has_readiness_probe  whether that has a preStop hook, the pod such a probe. deleted    first
/// seen with a deletionTimestamp.   process  the main container started, exited. ready      the condition
/// Ready.   endpoint  an EndpointSlice offers it as ready.
struct PodRecord {
  std::string uid, pod, ns, main_container, image_tag;
  std::vector<std::string> addresses;
  bool has_hook = false, has_readiness_probe = false;
  std::optional<WallTime> created, deleted, hook_started, hook_ended, signalled, gone;
  std::vector<Change> process, ready, endpoint;
};

/// kubectl's default container: the one that the annotation kubectl.kubernetes.io/default-container names,
/// else the first.
std::string main_container_of(const json& pod);

/// Takes over what `pod` says, seen at `seen`. first  whether it is from the first list, so that its own
/// times count. True when the main container was started since the last time (its log begins anew).
bool note_pod(PodRecord& record, const json& pod, WallTime seen, bool first);

/// Adds a change when it is one.
void note_change(std::vector<Change>& changes, bool on, WallTime at);

/// What a log line says about a stop, by plain substrings; "" matches nothing.
struct StopWords {
  std::string signal = "SIGTERM received", hook_start = "[Kubernetes PreStop] START",
              hook_end = "[Kubernetes PreStop] END";
};

/// `line` begins with the container runtime's time stamp (logs with timestamps). A program that writes its
/// own one (RFC 3339) first is believed, as its lines may have waited in a pipe.
void note_log_line(PodRecord& record, const StopWords& words, std::string_view line);

}  // namespace zdt::kube
