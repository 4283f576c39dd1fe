// Label and field selectors as queries carry them.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal::api {

/// One condition of a label selector.
struct Requirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist } op = Operator::kExists;
  std::string key;
  std::vector<std::string> values;  ///< in order
};

/// A query's selectors have at most so many conditions: each object is compared with all of them.
constexpr size_t kMaxConditions = 200;

/// Conditions that all hold; an empty selector matches everything.
class LabelSelector {
 public:
  /// "app=web,tier!=db,env in (a,b),!legacy". Throws Failure 400.
  static LabelSelector parse(std::string_view text);
  /// {"matchLabels": …, "matchExpressions": […]}.
  static LabelSelector from_json(const json& selector);
  bool matches(const json& labels) const;

 private:
  std::vector<Requirement> requirements_;
};

/// "metadata.name=web,status.phase!=Running".
class FieldSelector {
 public:
  /// Every field that is a plain path into the object is known. Throws Failure 400 for malformed text.
  static FieldSelector parse(std::string_view text);
  bool matches(const json& object) const;
  /// The wanted value of `field` when there is exactly such a condition, else "".
  std::string wanted(std::string_view field) const;

 private:
  struct Condition {
    std::string field;
    std::vector<std::string> path;
    std::string value;
    bool equal = true;
  };
  std::vector<Condition> conditions_;
};

/// Both selectors of one request.
struct Selection {
  LabelSelector labels;
  FieldSelector fields;
  bool matches(const json& object) const {
    return labels.matches(at(object, {"metadata", "labels"})) && fields.matches(object);
  }
};

}  // namespace zdt::rehearsal::api
