// Whether another pod of a workload can run beside those that are there: what a surge and a second replica need.
#pragma once
#include "audit/object_set.h"

namespace zdt::audit {

/// one_writer  its pods write to a volume that one of them (or one node) can have at a time, or that may be so.
/// reason      what stands in the way, for people: "the claim db-data can be written by one node"; "": nothing that is seen.
struct Placement {
  bool one_writer = false;
  std::string reason;
};

/// Claims that the set does not have, volumes of one disk and writable hostPaths count as written by one: whether they can be
/// shared cannot be seen. A host port, hostNetwork with ports and a required podAntiAffinity to its own pods may leave no
/// node for one more.
/// https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
Placement placement_of(const ObjectSet& set, const Workload& workload);

}  // namespace zdt::audit
