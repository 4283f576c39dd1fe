// What the scheduler looks at for one decision: the nodes, their pods and what is left of them.
#pragma once
#include <map>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// By resource ("cpu" in processors, "memory" in bytes, "pods").
using Amounts = std::map<std::string, double>;

/// What a pod takes of a node: its main containers and sidecars together, or its largest init container with
/// the sidecars before it, whichever is more; its overhead; and one of "pods".
/// https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
Amounts requests_of(const json& pod);

/// pods  those that are assigned to it and have not ended, terminating ones too.
struct NodeView {
  ObjectPtr object;
  std::string name;
  std::vector<ObjectPtr> pods;
  Amounts allocatable, requested;

  const json& labels() const;
};

struct Snapshot {
  std::vector<NodeView> nodes;
  std::map<std::string, ObjectPtr> namespaces;
};

Snapshot take_snapshot(const Store& store);

/// The snapshot as it is with `pod` on the node of that name.
void put_on(Snapshot& snapshot, const std::string& node, ObjectPtr pod);

/// A metav1.LabelSelector as scheduling reads it: a missing one matches nothing, an empty one everything.
bool matches_selector(const json& selector, const json& labels);

/// Whether one of the pod's tolerations tolerates `taint` (core/v1 Toleration.ToleratesTaint).
bool tolerates(const json& pod, const json& taint);
/// The first taint of `effects` that the pod does not tolerate; null when there is none.
const json& untolerated_taint(const json& pod, const json& node, const std::vector<std::string>& effects);

}  // namespace zdt::rehearsal
