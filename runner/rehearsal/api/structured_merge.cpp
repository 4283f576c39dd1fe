#include "rehearsal/api/structured_merge.h"

#include <algorithm>

#include "rehearsal/api/strategic_merge.h"

namespace zdt::rehearsal::api {
namespace {

class Merge {
 public:
  explicit Merge(const Shape& shape) : shape_(shape) {}

  json merge(const json& live, const json& config) {
    json merged = live;
    for (const auto& [field, value] : config.items()) {
      names_.push_back(field);
      if (value.is_null()) {
        merged.erase(field);
      } else {
        merged[field] = merged.contains(field) ? merge_value(merged[field], value) : value;
      }
      names_.pop_back();
    }
    return merged;
  }

 private:
  json merge_value(const json& live, const json& config) {
    if (live.is_object() && config.is_object())
      return shape_.is_atomic_map(names_) ? config : merge(live, config);
    if (!live.is_array() || !config.is_array()) return config;
    const ListShape shape = shape_.list(names_);
    return shape.kind == ListShape::Kind::kAtomic ? config : merge_list(live, config, shape);
  }

  json merge_list(const json& live, const json& config, const ListShape& shape) {
    const Same same = [&shape](const json& a, const json& b) {
      if (shape.kind == ListShape::Kind::kSet) return a == b;
      return std::all_of(shape.keys.begin(), shape.keys.end(),
                         [&](const std::string& key) { return key_value(a, key) == key_value(b, key); });
    };
    json applied = json::array(), others = json::array();
    for (const json& item : config) {
      const auto old =
          std::find_if(live.begin(), live.end(), [&](const json& each) { return same(each, item); });
      applied.push_back(old != live.end() && item.is_object() ? merge(*old, item) : item);
    }
    for (const json& item : live) {
      if (std::none_of(config.begin(), config.end(), [&](const json& each) { return same(each, item); }))
        others.push_back(item);
    }
    return merge_orders(applied, others, live, same);
  }

  const Shape& shape_;
  Names names_;
};

}  // namespace

json structured_merge(const json& live, const json& config, const Shape& shape) {
  return Merge(shape).merge(live, config);
}

}  // namespace zdt::rehearsal::api
