// Labels, annotations and the selectors over them (apimachinery/pkg/apis/meta/v1/validation/validation.go).
#include "base/text.h"
#include "rehearsal/api/check/rules.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostAnnotationBytes = 256 << 10;

void check_label_key(const json& key, const Where& where, Causes& causes) {
  check_text(key, broken_label_key_rule, where, causes);
}

void check_expression(const json& expression, const Where& where, Causes& causes) {
  const std::string& verb = text_of(expression, "operator");
  const json& values = array_at(expression, {"values"});
  if (verb == "In" || verb == "NotIn") {
    if (values.empty())
      causes.required(where / "values", "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (verb == "Exists" || verb == "DoesNotExist") {
    if (!values.empty())
      causes.forbidden(where / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else {
    causes.invalid(where / "operator", verb, "not a valid selector operator");
  }
  check_label_key(text_of(expression, "key"), where / "key", causes);
  const Where all = where / "values";
  for (size_t i = 0; i < values.size() && !causes.full(); ++i)
    check_text(values[i], broken_label_value_rule, all[i], causes);
}

}  // namespace

void check_labels(const json& labels, const Where& where, Causes& causes) {
  if (!labels.is_object()) return;
  for (const auto& [key, value] : labels.items()) {
    check_label_key(key, where, causes);
    check_text(value, broken_label_value_rule, where, causes);
    if (causes.full()) return;
  }
}

void check_annotations(const json& annotations, const Where& where, Causes& causes) {
  if (!annotations.is_object()) return;
  size_t bytes = 0;
  for (const auto& [key, value] : annotations.items()) {
    bytes += key.size() + text(value).size();
    // A qualified name but for its case. The message shows the key as it was given.
    const std::string broken = broken_label_key_rule(lower(key));
    if (!broken.empty()) causes.invalid(where, key, broken);
  }
  if (bytes > kMostAnnotationBytes) causes.too_long(where, kMostAnnotationBytes);
}

void check_selector(const json& selector, const Where& where, Causes& causes) {
  check_labels(at(selector, {"matchLabels"}), where / "matchLabels", causes);
  const json& expressions = array_at(selector, {"matchExpressions"});
  for (size_t i = 0; i < expressions.size() && !causes.full(); ++i)
    check_expression(expressions[i], where.item("matchExpressions", i), causes);
}

void check_node_requirement(const json& requirement, const Where& where, Causes& causes) {
  const std::string& verb = text_of(requirement, "operator");
  const size_t values = array_at(requirement, {"values"}).size();
  if (verb == "In" || verb == "NotIn") {
    if (values == 0) causes.required(where / "values", "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (verb == "Exists" || verb == "DoesNotExist") {
    if (values > 0)
      causes.forbidden(where / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (verb == "Gt" || verb == "Lt") {
    if (values != 1)
      causes.required(where / "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else {
    causes.invalid(where / "operator", verb, "not a valid selector operator");
  }
  check_label_key(text_of(requirement, "key"), where / "key", causes);
}

}  // namespace zdt::rehearsal::api
