// Who owns which field: metadata.managedFields, and server-side apply on top of it.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
#pragma once
#include "rehearsal/api/failure.h"
#include "rehearsal/api/field_set.h"

namespace zdt::rehearsal::api {

/// Who writes. name  the field manager.  subresource  "" or "status", "scale".  time  RFC 3339.
struct Manager {
  std::string name, subresource, api_version, time;
};

/// `after` with managedFields for an ordinary write: what changed belongs to `manager` now and to nobody
/// else; what is gone belongs to nobody. Managers are those of `after` when it names any (a client that edits
/// them), else of `before`. before  null for a new object.
json with_ownership(const json& before, json after, const Manager& manager, const Shape& shape);

/// Server-side apply: `live` (null: none) merged with `config`. Fields that the manager applied before and
/// does not any more, and nobody else owns, are removed. Throws Failure 409 naming the other manager of a
/// field that would change, unless `force`.
json apply_configuration(const json& live, const json& config, const Manager& manager, bool force,
                         const Shape& shape);

}  // namespace zdt::rehearsal::api
