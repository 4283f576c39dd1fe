// `zdt-demo runs`: the runs that this machine remembers.
#pragma once
#include "host/host.h"

namespace zdt::cli {

/// One line for each, the newest first; or JSON: a list of {run, script, target, status, started, resumable}.
int list_runs(host::Host& host, bool as_json);

/// Removes all but the newest `keep` (stage/runs.h says which others stay), and says how many.
int prune_runs(host::Host& host, size_t keep);

}  // namespace zdt::cli
