// Which pods a ResourceQuota counts, and whether some more fit into it.
#pragma once
#include "audit/object_set.h"

namespace zdt::audit {

/// The first resource of a quota that all pods of its namespace together with `surge` more of `workload` go over; "" when
/// they fit, when the quota does not count the workload's pods, or when its scopes cannot be judged.
/// https://kubernetes.io/docs/concepts/policy/resource-quotas/
std::string short_resource(const ObjectSet& set, const Workload& workload, int64_t surge, const json& quota);

}  // namespace zdt::audit
