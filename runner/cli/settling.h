// How long a resume waits for what its run had begun before it was cut off.
#pragma once
#include "cli/execution.h"
#include "stage/settling.h"

namespace zdt::cli {

/// Of a resumed run: it waits while the workloads on its target move. Where the run was cut off less than a minute ago it also waits
/// some seconds more, for what learns of the cluster later (Prometheus, the edge). Of a new run: no wait at all.
/// `prepared` outlives it.
stage::Settling settling_of(host::Host& host, const Prepared& prepared);

}  // namespace zdt::cli
