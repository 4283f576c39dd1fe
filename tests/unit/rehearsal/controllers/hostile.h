// Objects as no API would let them in: each field of a good one in turn replaced by values of every wrong kind.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal {

inline json deep_value() {
  json deep = "end";
  for (int i = 0; i < 300; ++i) deep = i % 2 == 0 ? json::array({std::move(deep)}) : json{{"k", std::move(deep)}};
  return deep;
}

/// Wrong types, numbers out of every range, texts that mean something to a shell, a file system, nft or a hosts file.
inline const std::vector<json>& hostile_values() {
  static const std::vector<json> kValues = {
      nullptr, true, -1, 0, INT64_MAX, INT64_MIN, uint64_t{1} << 63, 1e300, -1e300, 0.5, HUGE_VAL, std::nan(""), "", "\n",
      "../x", "999.1.1.1", "fd00::1", "include \"/etc/passwd\"", "9999999999999999999%", "\x01\x7f\xc3\xa9",
      std::string(100'000, 'x'), json::array(), json::object(), json::array({nullptr, 5, "x", json::object()}),
      json{{"k", "v"}, {"name", 5}}, deep_value()};
  return kValues;
}

/// Every place in `object`, but what makes it this object in the store: metadata's name, namespace and uid.
inline void collect_places(const json& object, const json::json_pointer& here, std::vector<json::json_pointer>& places) {
  const std::string path = here.to_string();
  const bool identity = path == "/metadata/name" || path == "/metadata/namespace" || path == "/metadata/uid";
  if (!path.empty() && path != "/metadata" && !identity) places.push_back(here);
  if (object.is_object()) {
    for (const auto& [key, value] : object.items()) collect_places(value, here / key, places);
  } else if (object.is_array()) {
    for (size_t i = 0; i < object.size(); ++i) collect_places(object[i], here / i, places);
  }
}

inline std::vector<json::json_pointer> places_in(const json& object) {
  std::vector<json::json_pointer> places;
  collect_places(object, json::json_pointer(), places);
  return places;
}

}  // namespace zdt::rehearsal
