// What the API says about an object, without a server.
#pragma once
#include <stdexcept>

#include "rehearsal/api/defaults.h"
#include "rehearsal/api/validation.h"

namespace zdt::rehearsal::testing {

inline ResourceType type_of(const std::string& resource) {
  for (const ResourceType& type : builtin_types()) {
    if (type.resource() == resource) return type;
  }
  throw std::runtime_error(resource);
}

/// The message of validate(), "" when the object is fine. Defaults come first, as they do in a request.
inline std::string refusal(const ResourceType& type, json object, const json& previous = nullptr) {
  try {
    api::apply_defaults(type, object);
    api::validate(type, object, previous);
    return "";
  } catch (const api::Failure& failure) {
    return failure.what();
  }
}

inline std::string refusal(const std::string& resource, json object, const json& previous = nullptr) {
  return refusal(type_of(resource), std::move(object), previous);
}

/// The causes alone: "spec.x: Required value, spec.y: …".
inline std::string causes(const std::string& resource, json object, const json& previous = nullptr) {
  const std::string all = refusal(resource, std::move(object), previous);
  const size_t begin = all.find(" is invalid: ");
  return begin == std::string::npos ? all : all.substr(begin + 13);
}

}  // namespace zdt::rehearsal::testing
