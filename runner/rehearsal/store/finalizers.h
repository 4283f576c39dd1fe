// What keeps an object that is being deleted.
#pragma once
#include <string>

#include "base/json.h"

namespace zdt::rehearsal {

/// metadata.finalizers, and a namespace's own in spec.finalizers (core/v1 NamespaceSpec).
bool has_finalizers(const std::string& resource, const json& object);

}  // namespace zdt::rehearsal
