// A target as a plan sees it: nothing is there yet, nothing is started and nobody is asked.
#pragma once
#include "cluster/planned_cluster.h"
#include "cluster/target.h"
#include "tools/runner.h"

namespace zdt::cluster {

/// What a plan is written with.
/// record  each API call and note.   runner  writes commands down; all of them succeed and print nothing.
struct PlanSeams {
  std::function<void(json)> record;
  std::function<bool()> is_fresh;
  tools::Runner runner;
};

/// wanted  rehearsal, kind or context:NAME. Fails kUsage.
Result<std::unique_ptr<Target>> make_planned_target(host::Host& host, const std::string& wanted,
                                                    PlanSeams seams, TargetOptions target_options = {});

}  // namespace zdt::cluster
