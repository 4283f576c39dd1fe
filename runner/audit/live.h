// Objects as a cluster has them, made comparable with manifests.
#pragma once
#include "base/json.h"

namespace zdt::audit {

/// Whether somebody wrote it: no controller's (a ReplicaSet's pod), and not what every namespace has by
/// itself.
bool is_written(const json& object);

/// A live object as somebody would have written it: without status and what the API server adds. The grace
/// period, whose default the server writes down, goes as well when last-applied-configuration or the managed
/// fields of a server-side apply tell that nobody set it.
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
json written_form(json object);

}  // namespace zdt::audit
