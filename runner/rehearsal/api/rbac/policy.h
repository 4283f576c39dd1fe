// The roles and bindings that every cluster has from the beginning.
#pragma once
#include "rehearsal/store/store.h"

namespace zdt::rehearsal::api {

/// Creates what is missing of kube-apiserver's default ClusterRoles and ClusterRoleBindings (label
/// kubernetes.io/bootstrapping: rbac-defaults), and of the roles that metrics-server and Argo Rollouts add to admin, edit
/// and view.
void create_default_policy(Store& store);

}  // namespace zdt::rehearsal::api
