#include "rehearsal/api/list_index.h"

#include <cmath>

namespace zdt::rehearsal::api {

std::string identity_text(const json& value) {
  if (value.is_number_float()) {
    const int64_t whole = int_at(value, {}, INT64_MIN);
    if (whole != INT64_MIN) return std::to_string(whole);
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Identity identity_by(std::vector<std::string> keys) {
  if (keys.empty()) return identity_text;
  return [keys = std::move(keys)](const json& item) {
    std::string text;
    for (const std::string& key : keys) text += identity_text(key_value(item, key)) + ",";
    return text;
  };
}

Identity identity_by_merge_key(std::string key) {
  if (key.empty()) return identity_text;
  return [key = std::move(key)](const json& item) { return identity_text(at(item, {key})); };
}

ListIndex::ListIndex(const json& list, const Identity& identity) : identity_(identity) {
  int64_t place = 0;
  for (const json& item : list) places_.try_emplace(identity(item), place++);
}

int64_t ListIndex::find_identity(const std::string& identity) const {
  const auto found = places_.find(identity);
  return found == places_.end() ? -1 : found->second;
}

}  // namespace zdt::rehearsal::api
