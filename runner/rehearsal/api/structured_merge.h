// How server-side apply brings a configuration and the live object together
// (sigs.k8s.io/structured-merge-diff).
#pragma once
#include "rehearsal/api/shape.h"

namespace zdt::rehearsal::api {

/// `live` with `config` over it: its values win, items of keyed lists and sets are matched, a null removes a
/// field.
json structured_merge(const json& live, const json& config, const Shape& shape);

}  // namespace zdt::rehearsal::api
