// Strategic merge patch (apimachinery/pkg/util/strategicpatch).
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
#pragma once
#include "rehearsal/api/list_index.h"

namespace zdt::rehearsal::api {

/// `original` with `patch` merged in: $patch (replace, delete, merge), $retainKeys, $setElementOrder and
/// $deleteFromPrimitiveList are followed. Throws Failure 400 for a patch that contradicts itself.
json strategic_merge(const json& original, const json& patch, const Shape& shape);

/// Two lists in one, as server-side apply and strategic merge order it: each keeps its own order, and where
/// both elements stand in `reference`, its order decides.
json merge_orders(const json& left, const json& right, const json& reference, const Identity& identity);

}  // namespace zdt::rehearsal::api
