#include "base/json.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json_limits.h"

namespace zdt {
namespace {

const json kNull;
const json kEmptyArray = json::array();
const json kEmptyObject = json::object();

}  // namespace

const json& at(const json& object, Path path) {
  const json* here = &object;
  for (std::string_view key : path) {
    if (!here->is_object()) return kNull;
    auto found = here->find(std::string(key));
    if (found == here->end()) return kNull;
    here = &*found;
  }
  return *here;
}

std::string string_at(const json& object, Path path, std::string_view fallback) {
  const json& value = at(object, path);
  return value.is_string() ? value.get<std::string>() : std::string(fallback);
}

int64_t int_at(const json& object, Path path, int64_t fallback) {
  const json& value = at(object, path);
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (value.is_number_unsigned()) return value.get<uint64_t>() <= INT64_MAX ? value.get<int64_t>() : fallback;
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_number()) return fallback;
  const double number = value.get<double>();
  return std::trunc(number) == number && std::abs(number) < kLimit ? static_cast<int64_t>(number) : fallback;
}

bool bool_at(const json& object, Path path, bool fallback) {
  const json& value = at(object, path);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

const json& array_at(const json& object, Path path) {
  const json& value = at(object, path);
  return value.is_array() ? value : kEmptyArray;
}

const json& object_at(const json& object, Path path) {
  const json& value = at(object, path);
  return value.is_object() ? value : kEmptyObject;
}

Result<json> parse_json(std::string_view text, std::string_view source) {
  if (depth_of_json(text) > kMaxJsonDepth) {
    return Error{Code::kInvalid, fmt::format("{}: JSON nested deeper than {} levels", source, kMaxJsonDepth), ""};
  }
  try {
    return json::parse(text);
  } catch (const json::parse_error& failure) {
    return Error{Code::kInvalid,
                 fmt::format("{}: not JSON at byte {}: {}", source, failure.byte, excerpt(failure.what(), 400)), ""};
  } catch (const json::exception& failure) {  // a number that no type holds
    return Error{Code::kInvalid, fmt::format("{}: not JSON: {}", source, excerpt(failure.what(), 400)), ""};
  }
}

}  // namespace zdt
