// Privileged containers, which a cluster may refuse: kube-apiserver's --allow-privileged.
#pragma once
#include "rehearsal/api/check/causes.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// A cause for each privileged container of the object, a Pod or one with a template of Pods, in the words of kube-apiserver
/// (pkg/apis/core/validation, ValidateSecurityContext), with the way to allow them.
void check_unprivileged(const ResourceType& type, const json& object, Causes& causes);

}  // namespace zdt::rehearsal::api
