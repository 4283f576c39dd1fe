#include "base/json_limits.h"

#include <algorithm>

namespace zdt {
namespace {

/// Calls `see` with each character that is not part of a string.
template <class See>
void outside_of_strings(std::string_view text, See see) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') {
      see(text[i]);
      continue;
    }
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
    }
  }
}

void add_memory(const json& value, size_t enough, size_t& total) {
  constexpr size_t kMapNode = 64;  // a red-black node with its allocation, without the pair
  total += sizeof(json);
  if (total > enough) return;
  if (value.is_string()) total += sizeof(std::string) + value.get_ref<const std::string&>().size();
  if (value.is_array()) {
    total += sizeof(json::array_t);
    for (const json& item : value) add_memory(item, enough, total);
  }
  if (!value.is_object()) return;
  total += sizeof(json::object_t);
  for (const auto& [key, below] : value.get_ref<const json::object_t&>()) {
    total += kMapNode + sizeof(std::string) + key.size();
    add_memory(below, enough, total);
  }
}

}  // namespace

int depth_of_json(std::string_view text) {
  int depth = 0, deepest = 0;
  outside_of_strings(text, [&](char c) {
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    // More that closes than opens is no JSON, and its parser stops there.
    if (c == '}' || c == ']') depth = std::max(0, depth - 1);
  });
  return deepest;
}

size_t separators_in_json(std::string_view text) {
  size_t count = 0;
  outside_of_strings(text, [&](char c) { count += c == ',' || c == ':' || c == '{' || c == '[' ? 1 : 0; });
  return count;
}

json parse_json_or_null(std::string_view text) {
  auto parsed = parse_json(text, "");
  return parsed ? std::move(*parsed) : json(nullptr);
}

bool is_deeper_than(const json& value, int levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(value.begin(), value.end(), [levels](const json& below) { return is_deeper_than(below, levels - 1); });
}

size_t memory_of(const json& value, size_t enough) {
  size_t total = 0;
  add_memory(value, enough, total);
  return total;
}

std::string excerpt(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;  // not inside of a character
  return std::string(text.substr(0, limit)) + "…";
}

}  // namespace zdt
