// Kustomize folders in a plan.
#pragma once
#include "base/json.h"

namespace zdt::script {

class World;

/// When `what` names a kustomize folder of the project: writes down that kubectl renders it. A folder that
/// names something on the network cannot be rendered in a plan: that is noted, and kube::Unanswered thrown.
void plan_rendering(World& world, const json& what);

}  // namespace zdt::script
