// What a rule is, and what it is given.
#pragma once
#include "audit/chain.h"
#include "audit/dockerfile.h"
#include "audit/envoy.h"
#include "audit/object_set.h"

namespace zdt::audit {

struct Facts {
  const ObjectSet& set;
  const Options& options;
  std::vector<EnvoyProxy> proxies;
  std::vector<Call> calls;
  std::vector<ImageView> images;
};

class Report;

/// id      [a-z-]+.   title   what is wrong, in a few words.   level  of its findings, unless one says
/// otherwise. source  the page that the advice comes from.   check  reports every object that has the fault.
struct Rule {
  std::string_view id;
  Level level;
  std::string_view title, source;
  void (*check)(const Facts& facts, const Report& report);
};

/// Where a rule puts its findings.
class Report {
 public:
  Report(const Rule& rule, std::vector<Finding>& findings) : rule_(rule), findings_(findings) {}
  /// The new finding, for its level, patch or line to be set.
  Finding& add(ObjectName object, std::string path, std::string why, std::string fix) const;
  Finding& add(const Workload& workload, const std::string& path, std::string why, std::string fix) const {
    return add(workload.name, path, std::move(why), std::move(fix));
  }

 private:
  const Rule& rule_;
  std::vector<Finding>& findings_;
};

/// All rules, in the order of their findings: the one list of them.
const std::vector<Rule>& rules();
/// Null when there is none.
const Rule* rule_named(std::string_view id);

/// Shutdown.
void check_prestop_missing(const Facts&, const Report&);
void check_prestop_short(const Facts&, const Report&);
void check_grace_period(const Facts&, const Report&);
void check_grace_default(const Facts&, const Report&);
void check_graceful_off(const Facts&, const Report&);
void check_command_shell(const Facts&, const Report&);
void check_stop_signal(const Facts&, const Report&);
void check_entrypoint(const Facts&, const Report&);
/// Probes.
void check_readiness_missing(const Facts&, const Report&);
void check_liveness_missing(const Facts&, const Report&);
void check_liveness_impatient(const Facts&, const Report&);
void check_liveness_early(const Facts&, const Report&);
/// Rollout and disruption.
void check_max_unavailable(const Facts&, const Report&);
void check_max_surge(const Facts&, const Report&);
void check_pdb_missing(const Facts&, const Report&);
void check_pdb_blocks(const Facts&, const Report&);
void check_pdb_useless(const Facts&, const Report&);
void check_single_replica(const Facts&, const Report&);
/// Sidecars and the way of a request.
void check_sidecar_order(const Facts&, const Report&);
void check_sidecar_start(const Facts&, const Report&);
void check_upstream_timeout(const Facts&, const Report&);
void check_idle_order(const Facts&, const Report&);
void check_retries_multiply(const Facts&, const Report&);

/// The longest request that the pod has to finish: Options::longest_request, else the longest of what its
/// containers say (DRAIN_TIMEOUT, GRACEFUL_TIMEOUT, SHUTDOWN_TIMEOUT, and --drain-timeout and so on) and of
/// its own Envoy's routes, else 10 s.
milliseconds longest_request_of(const Facts& facts, const Workload& workload);

/// "60 s", "500 ms": in the unit of the fields that it is compared with.
std::string time_text(milliseconds time);

/// "1 pod", "3 pods".
std::string pods_text(int64_t count);

/// One operation of a JSON patch (RFC 6902). "add" replaces a member that exists.
json add_operation(const std::string& path, json value);

}  // namespace zdt::audit
