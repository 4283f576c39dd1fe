// Reading nested JSON without exceptions: Kubernetes objects miss fields more often than they have them.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_assert.h"

#include <nlohmann/json.hpp>

namespace zdt {

using json = nlohmann::json;
using Path = std::initializer_list<std::string_view>;

/// The value below `path`, or a shared null when a part of the path is missing or not an object.
const json& at(const json& object, Path path);

/// The string, integer or boolean below `path`; `fallback` when it is missing or of another type. 3.0 is an integer.
std::string string_at(const json& object, Path path, std::string_view fallback = "");
int64_t int_at(const json& object, Path path, int64_t fallback = 0);
bool bool_at(const json& object, Path path, bool fallback = false);

/// The array (or object) below `path`; a shared empty one when it is missing, so that a range-for just ends.
const json& array_at(const json& object, Path path);
const json& object_at(const json& object, Path path);

/// Parses `text`; an error is kInvalid and names `source` and the byte.
Result<json> parse_json(std::string_view text, std::string_view source);

}  // namespace zdt
