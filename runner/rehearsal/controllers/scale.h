// The scale of anything that has one: Deployments, ReplicaSets, and custom resources with a scale
// subresource.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// resource  "deployments.apps".   wanted, current  as its Scale's spec.replicas and status.replicas say.
/// selector  a LabelSelector over its pods.
struct Scale {
  std::string resource, api_version, kind;
  Key key;
  int64_t wanted = 0, current = 0;
  json selector;
  std::string replicas_path;
};

/// Fails kNotFound (no such object), kInvalid (a kind without scale), in kube-controller-manager's words.
Result<Scale> read_scale(const Store& store, const std::string& ns, const json& reference);

/// Fails kNotFound, kInvalid.
Result<void> write_scale(Store& store, const Scale& scale, int64_t replicas);

}  // namespace zdt::rehearsal
