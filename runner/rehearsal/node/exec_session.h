// A command that somebody runs in a container (kubectl exec).
#pragma once
#include "rehearsal/node/actions.h"

namespace zdt::rehearsal {

/// Fails kEnvironment.
Result<std::unique_ptr<ExecSession>> start_exec(
    NodeContext& node, const ActionTarget& target, const std::vector<std::string>& argv,
    OutputSink take_output);

}  // namespace zdt::rehearsal
