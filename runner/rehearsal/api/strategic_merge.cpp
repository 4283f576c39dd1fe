#include "rehearsal/api/strategic_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/json_limits.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr std::string_view kOrderPrefix = "$setElementOrder/";
constexpr std::string_view kDeletePrefix = "$deleteFromPrimitiveList/";

bool is_directive(const std::string& field) { return field.starts_with("$"); }

/// The words of apimachinery/pkg/util/mergepatch/errors.go.
Failure malformed_directive(const char* what) { return bad_request(fmt::format("invalid patch format of {}", what)); }

std::string directive_of(const json& patch) {
  const json& directive = at(patch, {"$patch"});
  if (directive.is_null()) return "";
  if (!directive.is_string()) throw bad_request("Unknown patch type found: " + excerpt(directive.dump()));
  return directive.get<std::string>();
}

/// Drops directives and nulls from a patch that has nothing to be merged into.
json without_directives(const json& patch) {
  if (patch.is_array()) {
    json list = json::array();
    for (const json& item : patch) {
      if (directive_of(item) != "delete") list.push_back(without_directives(item));
    }
    return list;
  }
  if (!patch.is_object()) return patch;
  json object = json::object();
  for (const auto& [field, value] : patch.items()) {
    if (!is_directive(field) && !value.is_null()) object[field] = without_directives(value);
  }
  return object;
}

class Merger {
 public:
  explicit Merger(const Shape& shape) : shape_(shape) {}

  json merge_object(json original, const json& patch) {
    const std::string directive = directive_of(patch);
    if (directive == "delete") return json::object();
    if (directive == "replace") return without_directives(patch);
    if (!directive.empty() && directive != "merge")
      throw bad_request("Unknown patch type found: " + excerpt(directive));
    retain_keys(original, patch);
    delete_primitives(original, patch);
    for (const auto& [field, value] : patch.items()) {
      if (!is_directive(field)) merge_field(original, patch, field, value);
    }
    order_untouched_lists(original, patch);
    return original;
  }

 private:
  void merge_field(json& original, const json& patch, const std::string& field, const json& value) {
    if (value.is_null()) {
      original.erase(field);
      return;
    }
    names_.push_back(field);
    json& place = original[field];
    if (value.is_object() && place.is_object()) {
      place = merge_object(std::move(place), value);
    } else if (value.is_array() && place.is_array()) {
      place = merge_list(place, value, order_for(patch, field));
    } else {
      place = without_directives(value);
    }
    names_.pop_back();
  }

  static const json& order_for(const json& patch, const std::string& field) {
    return at(patch, {std::string(kOrderPrefix) + field});
  }

  static void retain_keys(json& original, const json& patch) {
    const json& retained = at(patch, {"$retainKeys"});
    if (retained.is_null()) return;
    if (!retained.is_array()) throw malformed_directive("retainKeys");
    json kept = json::object();
    for (const json& key : retained) {
      if (key.is_string() && original.contains(key.get<std::string>()))
        kept[key.get<std::string>()] = original[key.get<std::string>()];
    }
    original = std::move(kept);
  }

  static void delete_primitives(json& original, const json& patch) {
    for (const auto& [field, unwanted] : patch.items()) {
      if (!field.starts_with(kDeletePrefix)) continue;
      if (!unwanted.is_array()) throw malformed_directive("primitive list");
      const std::string name = field.substr(kDeletePrefix.size());
      if (!at(original, {name}).is_array()) continue;
      json kept = json::array();
      const Identity whole = identity_by_merge_key("");
      const ListIndex gone(unwanted, whole);
      for (const json& item : original[name]) {
        if (gone.find(item) < 0) kept.push_back(item);
      }
      original[name] = std::move(kept);
    }
  }

  /// $setElementOrder of a list that the patch does not change otherwise.
  void order_untouched_lists(json& original, const json& patch) {
    for (const auto& [field, order] : patch.items()) {
      if (!field.starts_with(kOrderPrefix)) continue;
      if (!order.is_array()) throw malformed_directive("setElementOrder list");
      const std::string name = field.substr(kOrderPrefix.size());
      if (patch.contains(name) || !at(original, {name}).is_array()) continue;
      names_.push_back(name);
      original[name] = ordered(original[name], order, original[name]);
      names_.pop_back();
    }
  }

  json merge_list(const json& original, const json& patch, const json& order) {
    const ListShape shape = shape_.patch_list(names_);
    if (shape.kind == ListShape::Kind::kAtomic) return without_directives(patch);
    const bool replaced =
        std::any_of(patch.begin(), patch.end(), [](auto& item) { return directive_of(item) == "replace"; });
    if (replaced) return replacement(patch);
    json merged = merge_items(original, patch);
    return order.is_array() ? ordered(merged, order, original) : merged;
  }

  /// The other items of a list one of whose items says {"$patch": "replace"}.
  static json replacement(const json& patch) {
    json list = json::array();
    for (const json& item : patch) {
      if (directive_of(item) != "replace") list.push_back(without_directives(item));
    }
    return list;
  }

  json merge_items(const json& original, const json& patch) {
    const Identity identity = item_identity();
    json merged = original;
    std::unordered_map<std::string, std::vector<size_t>> places;
    std::set<size_t> deleted;
    for (size_t i = 0; i < merged.size(); ++i) places[identity(merged[i])].push_back(i);
    for (const json& item : patch) {
      check_key(item);
      std::vector<size_t>& same = places[identity(item)];
      if (directive_of(item) == "delete") {
        deleted.insert(same.begin(), same.end());
        same.clear();
      } else if (same.empty()) {
        same.push_back(merged.size());
        merged.push_back(without_directives(item));
      } else if (item.is_object()) {
        json& place = merged[same.front()];
        place = merge_object(std::move(place), item);
      }
    }
    return without(std::move(merged), deleted);
  }

  static json without(json list, const std::set<size_t>& deleted) {
    if (deleted.empty()) return list;
    json kept = json::array();
    for (size_t i = 0; i < list.size(); ++i) {
      if (!deleted.contains(i)) kept.push_back(std::move(list[i]));
    }
    return kept;
  }

  void check_key(const json& item) const {
    const ListShape shape = shape_.patch_list(names_);
    if (shape.keys.empty() || !at(item, {shape.keys[0]}).is_null()) return;
    throw bad_request(
        fmt::format("map: {} does not contain declared merge key: {}", excerpt(item.dump(-1, ' ', false, json::error_handler_t::replace)), shape.keys[0]));
  }

  Identity item_identity() const {
    const ListShape shape = shape_.patch_list(names_);
    return identity_by_merge_key(shape.keys.empty() ? "" : shape.keys[0]);
  }

  /// The items that `order` names in its order, each of them once, those that only the server has beside their old
  /// neighbours.
  json ordered(const json& list, const json& order, const json& before) const {
    const Identity identity = item_identity();
    const ListIndex items(list, identity), wanted(order, identity);
    json named = json::array(), others = json::array();
    std::set<int64_t> taken;
    for (const json& each : order) {
      const int64_t index = items.find(each);
      if (index >= 0 && taken.insert(index).second) named.push_back(list[static_cast<size_t>(index)]);
    }
    for (const json& item : list) {
      if (wanted.find(item) < 0) others.push_back(item);
    }
    return merge_orders(named, others, before, identity);
  }

  const Shape& shape_;
  Names names_;
};

}  // namespace

json merge_orders(const json& left, const json& right, const json& reference, const Identity& identity) {
  const ListIndex places(reference, identity);
  json merged = json::array();
  size_t i = 0, j = 0;
  while (i < left.size() || j < right.size()) {
    bool take_left = j >= right.size();
    if (i < left.size() && j < right.size()) {
      const int64_t a = places.find(left[i]), b = places.find(right[j]);
      take_left = a >= 0 && b >= 0 && a < b;
    }
    merged.push_back(take_left ? left[i++] : right[j++]);
  }
  return merged;
}

json strategic_merge(const json& original, const json& patch, const Shape& shape) {
  if (!patch.is_object()) throw bad_request("a strategic merge patch must be an object");
  return Merger(shape).merge_object(original, patch);
}

}  // namespace zdt::rehearsal::api
