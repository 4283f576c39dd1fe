#include "rehearsal/api/json_path.h"

#include <charconv>

namespace zdt::rehearsal::api {
namespace {

const json kMissing;

/// Takes ".field" or "field" off the front; a backslash keeps the next character.
std::string take_field(std::string_view& path) {
  if (path.starts_with(".")) path.remove_prefix(1);
  std::string field;
  while (!path.empty() && path.front() != '.' && path.front() != '[') {
    if (path.front() == '\\' && path.size() > 1) path.remove_prefix(1);
    field += path.front();
    path.remove_prefix(1);
  }
  return field;
}

/// Takes "[…]" off the front and returns what is between the brackets.
std::string_view take_brackets(std::string_view& path) {
  const size_t close = path.find(']');
  const std::string_view inside = path.substr(1, close == std::string_view::npos ? close : close - 1);
  path.remove_prefix(close == std::string_view::npos ? path.size() : close + 1);
  return inside;
}

/// The element of `list` for which "?(@.field=='value')" holds.
const json& filtered(const json& list, std::string_view filter) {
  const size_t equals = filter.find("==");
  if (!filter.starts_with("?(@.") || equals == std::string_view::npos) return kMissing;
  const std::string_view field = filter.substr(4, equals - 4);
  std::string_view value = filter.substr(equals + 2);
  while (!value.empty() && (value.back() == ')' || value.back() == ' ')) value.remove_suffix(1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (value.size() < 2) return kMissing;
  value = value.substr(1, value.size() - 2);  // its quotes
  for (const json& item : list) {
    if (string_at(item, {field}) == value) return item;
  }
  return kMissing;
}

const json& element(const json& list, std::string_view inside) {
  if (inside.size() > 1 && (inside.front() == '\'' || inside.front() == '"')) {
    return at(list, {inside.substr(1, inside.size() - 2)});
  }
  if (!list.is_array()) return kMissing;
  if (inside.starts_with("?")) return filtered(list, inside);
  if (inside == "*") inside = "0";
  size_t index = 0;
  const auto [end, failure] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  if (failure != std::errc() || end != inside.data() + inside.size()) return kMissing;
  return index < list.size() ? list[index] : kMissing;
}

}  // namespace

const json& value_at_path(const json& object, std::string_view path) {
  const json* here = &object;
  while (!path.empty()) {
    if (path.front() == '[') {
      here = &element(*here, take_brackets(path));
    } else {
      here = &at(*here, {take_field(path)});
    }
  }
  return *here;
}

bool set_at_path(json& object, std::string_view path, json value) {
  constexpr int kDeepest = 50;
  json* here = &object;
  for (int depth = 0; !path.empty(); ++depth) {
    if (path.front() == '[' || depth == kDeepest) return false;
    const std::string field = take_field(path);
    if (here->is_null()) *here = json::object();
    if (!here->is_object() || field.empty()) return false;
    here = &(*here)[field];
  }
  *here = std::move(value);
  return true;
}

}  // namespace zdt::rehearsal::api
