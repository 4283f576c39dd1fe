// What zdt.load.start is told, as the plan of a load.
#pragma once
#include "load/plan.h"
#include "script/world.h"

namespace zdt::script {

/// A number, "50/s", or nothing (0: closed model). Throws LuaFailure.
double load_rate_from(const json& value);

/// The fields of zdt.load.start that say what is sent, with their defaults; those that nobody knows are not looked for. A file
/// of URLs is read below the project's folder. Throws LuaFailure.
load::Plan load_plan_from(World& world, const json& options);

}  // namespace zdt::script
