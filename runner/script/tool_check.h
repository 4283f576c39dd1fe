// Asks this machine for the tools that setup.lua declares.
#pragma once
#include "script/prerequisites.h"
#include "script/world.h"

namespace zdt::script {

/// Everything that was found, tools first, then the machine. flavour  of Docker, see docker_flavour().
struct CheckUp {
  Prerequisites wanted;
  std::vector<Finding> findings;
  std::string target, system, flavour;
  bool blocked() const;
};

/// All tools at once, each with `limit` to answer. target  rehearsal, kind, context:NAME.
/// every  whether tools that this target does not need are looked at as well.
/// Fails kScript, kUsage: setup.lua is wrong or not there.
Task<Result<CheckUp>> check_tools(World& world, std::string target, bool every,
                                  milliseconds limit = milliseconds(3'000));

}  // namespace zdt::script
