#include "rehearsal/api/strategic_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr std::string_view kOrderPrefix = "$setElementOrder/";
constexpr std::string_view kDeletePrefix = "$deleteFromPrimitiveList/";

bool is_directive(const std::string& field) { return field.starts_with("$"); }

std::string directive_of(const json& patch) { return patch.is_object() ? string_at(patch, {"$patch"}) : ""; }

int64_t index_of(const json& list, const json& wanted, const Same& same) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (same(list[i], wanted)) return static_cast<int64_t>(i);
  }
  return -1;
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
      throw bad_request("Unknown patch type found: " + directive);
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
      place = merge_object(place, value);
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
    if (!retained.is_array()) return;
    json kept = json::object();
    for (const json& key : retained) {
      if (key.is_string() && original.contains(key.get<std::string>()))
        kept[key.get<std::string>()] = original[key.get<std::string>()];
    }
    original = std::move(kept);
  }

  static void delete_primitives(json& original, const json& patch) {
    for (const auto& [field, unwanted] : patch.items()) {
      if (!field.starts_with(kDeletePrefix) || !unwanted.is_array()) continue;
      const std::string name = field.substr(kDeletePrefix.size());
      if (!at(original, {name}).is_array()) continue;
      json kept = json::array();
      for (const json& item : original[name]) {
        if (std::find(unwanted.begin(), unwanted.end(), item) == unwanted.end()) kept.push_back(item);
      }
      original[name] = std::move(kept);
    }
  }

  /// $setElementOrder of a list that the patch does not change otherwise.
  void order_untouched_lists(json& original, const json& patch) {
    for (const auto& [field, order] : patch.items()) {
      if (!field.starts_with(kOrderPrefix)) continue;
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
    json merged = original;
    for (const json& item : patch) merge_item(merged, item);
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

  void merge_item(json& list, const json& item) {
    const Same same = sameness();
    check_key(item);
    const int64_t index = index_of(list, item, same);
    if (directive_of(item) == "delete") {
      for (int64_t i = index; i >= 0; i = index_of(list, item, same)) list.erase(static_cast<size_t>(i));
    } else if (index < 0) {
      list.push_back(without_directives(item));
    } else if (item.is_object()) {
      json& place = list[static_cast<size_t>(index)];
      place = merge_object(place, item);
    }
  }

  void check_key(const json& item) const {
    const ListShape shape = shape_.patch_list(names_);
    if (shape.keys.empty() || !at(item, {shape.keys[0]}).is_null()) return;
    throw bad_request(
        fmt::format("map: {} does not contain declared merge key: {}", item.dump(), shape.keys[0]));
  }

  Same sameness() const {
    const ListShape shape = shape_.patch_list(names_);
    if (shape.keys.empty()) return [](const json& a, const json& b) { return a == b; };
    return [key = shape.keys[0]](const json& a, const json& b) { return at(a, {key}) == at(b, {key}); };
  }

  /// The items that `order` names in its order, those that only the server has beside their old neighbours.
  json ordered(const json& list, const json& order, const json& before) const {
    const Same same = sameness();
    json named = json::array(), others = json::array();
    for (const json& wanted : order) {
      const int64_t index = index_of(list, wanted, same);
      if (index >= 0) named.push_back(list[static_cast<size_t>(index)]);
    }
    for (const json& item : list) {
      if (index_of(order, item, same) < 0) others.push_back(item);
    }
    return merge_orders(named, others, before, same);
  }

  const Shape& shape_;
  Names names_;
};

}  // namespace

json merge_orders(const json& left, const json& right, const json& reference, const Same& same) {
  json merged = json::array();
  size_t i = 0, j = 0;
  while (i < left.size() || j < right.size()) {
    bool take_left = j >= right.size();
    if (i < left.size() && j < right.size()) {
      const int64_t a = index_of(reference, left[i], same), b = index_of(reference, right[j], same);
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
