#include "rehearsal/api/structured_merge.h"

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
    const Identity identity = identity_by(shape.kind == ListShape::Kind::kSet ? std::vector<std::string>() : shape.keys);
    const ListIndex old(live, identity), applied_items(config, identity);
    json applied = json::array(), others = json::array();
    for (const json& item : config) {
      const int64_t place = old.find(item);
      applied.push_back(place >= 0 && item.is_object() ? merge(live[static_cast<size_t>(place)], item) : item);
    }
    for (const json& item : live) {
      if (applied_items.find(item) < 0) others.push_back(item);
    }
    return merge_orders(applied, others, live, identity);
  }

  const Shape& shape_;
  Names names_;
};

}  // namespace

json structured_merge(const json& live, const json& config, const Shape& shape) {
  return Merge(shape).merge(live, config);
}

}  // namespace zdt::rehearsal::api
