// The run's claim on its cluster, as the command line asks for it.
#pragma once
#include "cli/run_request.h"
#include "cluster/run_lease.h"

namespace zdt::cli {

/// What --wait and --steal say. Fails kUsage.
Result<cluster::LeasePolicy> lease_policy(const RunRequest& request);

/// For the run `run` (its id) of `script`. What it says goes to stderr.
std::shared_ptr<cluster::RunLease> make_lease(host::Host& host, const cluster::LeasePolicy& policy, std::string run, std::string script);

}  // namespace zdt::cli
