#include "rehearsal/api/patch.h"

#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/json_patch.h"
#include "rehearsal/api/strategic_merge.h"

namespace zdt::rehearsal::api {
PatchKind patch_kind_from(std::string_view content_type, const ServedType& served) {
  const std::string type = media_type(content_type);
  if (type == "application/json-patch+json") return PatchKind::kJson;
  if (type == "application/merge-patch+json") return PatchKind::kMerge;
  if (type == "application/apply-patch+yaml") return PatchKind::kApply;
  if (type == "application/strategic-merge-patch+json" && !served.is_custom()) return PatchKind::kStrategic;
  std::vector<std::string> accepted = {"application/json-patch+json", "application/merge-patch+json"};
  if (!served.is_custom()) accepted.push_back("application/strategic-merge-patch+json");
  accepted.push_back("application/apply-patch+yaml");
  throw unsupported_media_type(accepted);
}

json patched(PatchKind kind, const json& object, const json& patch, const Shape& shape) {
  json result;
  if (kind == PatchKind::kJson) {
    result = json_patched(object, patch);
  } else if (kind == PatchKind::kStrategic) {
    result = strategic_merge(object, patch, shape);
  } else {
    if (!patch.is_object()) throw bad_request("error decoding patch: a merge patch is an object");
    result = object;
    result.merge_patch(patch);
  }
  check_size(result);
  return result;
}

}  // namespace zdt::rehearsal::api
