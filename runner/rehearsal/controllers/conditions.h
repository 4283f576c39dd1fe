// The conditions of workloads (apps/v1 DeploymentCondition).
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

struct WorkloadCondition {
  std::string type, status, reason, message;
};

/// Puts `condition` into `status`.conditions. The same status and reason leave it as it was; the same status
/// keeps lastTransitionTime (SetDeploymentCondition of kubernetes/pkg/controller/deployment/util). `refresh`:
/// the same status and reason still move lastUpdateTime.
void set_condition(json& status, const WorkloadCondition& condition, WallTime now, bool refresh = false);
void remove_condition(json& status, std::string_view type);

/// The same on a stored Deployment.
Result<void> write_condition(Store& store, const json& deployment, const WorkloadCondition& condition,
                             WallTime now);

/// Whether the template's number of replicas is updated, available, and alone (DeploymentComplete).
bool is_complete(const json& deployment, const json& status);

}  // namespace zdt::rehearsal
