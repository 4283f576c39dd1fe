// What a pod gets of its service account: the volume that admission adds on a real cluster.
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
#pragma once
#include "base/json.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

inline constexpr const char* kAccountVolume = "kube-api-access";
inline constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whether automountServiceAccountToken holds: the pod's word, else its account's, else yes.
bool mounts_account(const Store& store, const json& pod);

/// token, ca.crt and namespace, as a projected volume.
json account_volume();

}  // namespace zdt::rehearsal
