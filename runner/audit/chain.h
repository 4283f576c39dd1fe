// Who calls whom, as far as the manifests tell: Envoy's clusters, and containers whose environment names a
// URL.
#pragma once
#include "audit/envoy.h"

namespace zdt::audit {

/// object, path  where the caller says so.   callee  null: it leads out of the set.   port  of the callee's
/// pod. idle     after which the caller closes an idle connection, where that is known. retries  the caller's
/// tries after the first; `caller` says it for people.
struct Call {
  ObjectName object;
  std::string path, caller;
  const Workload* callee = nullptr;
  int64_t port = 0;
  std::optional<milliseconds> idle;
  int64_t retries = 0;
};

std::vector<Call> calls_of(const ObjectSet& set, const std::vector<EnvoyProxy>& proxies);

/// What answers at a port of a workload: its Envoy's listener, else a container. idle  where it is known.
/// retries  the most that its routes try again.   where  for people.
struct Answerer {
  std::optional<milliseconds> idle;
  int64_t retries = 0;
  std::string where;
};
Answerer answerer_of(const Workload& workload, int64_t port, const std::vector<EnvoyProxy>& proxies);

}  // namespace zdt::audit
