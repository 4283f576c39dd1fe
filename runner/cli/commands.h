// One function per command; each has a file of its own.
#pragma once
#include "cli/run_request.h"
#include "cluster/rehearsal.h"
#include "host/host.h"

namespace zdt::cli {

Task<int> list_scripts(host::Host& host, bool as_json);
/// Its declaration and its steps, as text or JSON, newline included. Fails kUsage, kScript.
Task<Result<std::string>> script_as_text(host::Host& host, std::string name, bool as_json);
Task<int> show_script(host::Host& host, std::string name, bool as_json);
Task<int> run_script(host::Host& host, RunRequest request);
/// `run all`: deploy-all, then every experiment and lab, each a run of its own on one cluster, into the same reports; at the
/// end `teardown`, unless what they ran on was there before or --keep says no. Goes on after a script that failed, but not
/// after deploy-all, an interruption, or with --fail-fast. Returns the exit code of the failure that counts most.
Task<int> run_all(host::Host& host, RunRequest request);
/// run  the run's id; "": the newest unfinished one.
Task<int> resume_run(host::Host& host, std::string run, RunRequest request);

/// name    "web", "rollout/web", "deployment/web", "shop/web"; "": the only Rollout of the namespace, else the only Deployment.
/// output  text, json (one document at the end) or ndjson (one status a line).
struct WatchRequest {
  std::string name, on = "auto", kubeconfig, ns, timeout = "10m", output = "text";
};
/// Draws the tree of a rollout at each change until it is Healthy (0) or Degraded (1), or the time is over (4).
Task<int> watch_rollout(host::Host& host, WatchRequest request);

Task<int> cluster_up(host::Host& host, cluster::RehearsalOptions options);
Task<int> cluster_down(host::Host& host);
Task<int> cluster_status(host::Host& host, bool as_json);
int cluster_env(host::Host& host);

}  // namespace zdt::cli
