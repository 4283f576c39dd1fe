// As much OpenAPI v3 as kubectl needs: that PATCH takes fieldValidation, so that it lets the server validate.
// (k8s.io/cli-runtime/pkg/resource/query_param_verifier_v3.go). There are no schemas: `kubectl explain` has
// nothing to show.
#pragma once
#include "rehearsal/api/served_types.h"

namespace zdt::rehearsal::api {

/// "/openapi/v3".
json openapi_index(const std::vector<ServedType>& types);
/// "/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1" …: `name` is the part after /openapi/v3/. Null when there
/// is none.
json openapi_document(const std::vector<ServedType>& types, const std::string& name);

}  // namespace zdt::rehearsal::api
