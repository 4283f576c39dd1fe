// Amounts of cpu, memory and the like (ValidateResourceRequirements).
#include "base/text.h"
#include "rehearsal/api/check/pod.h"
#include "rehearsal/api/check/quantity.h"

namespace zdt::rehearsal::api {
namespace {

/// A quantity as it is written: a number is the text that it is.
std::string written(const json& amount) {
  return amount.is_number() ? amount.dump() : text(amount);
}

bool is_native(const std::string& name) {
  return name.find('/') == std::string::npos || name.find("kubernetes.io/") != std::string::npos;
}

bool is_overcommitted(const std::string& name) { return is_native(name) && !name.starts_with("hugepages-"); }

void check_resource_name(const std::string& name, const Where& where, Causes& causes) {
  const std::string broken = broken_label_key_rule(name);
  if (!broken.empty()) return causes.invalid(where, name, broken);
  if (name.find('/') == std::string::npos) {
    const bool standard =
        name == "cpu" || name == "memory" || name == "ephemeral-storage" || name.starts_with("hugepages-");
    if (!standard) causes.invalid(where, name, "must be a standard resource for containers");
  } else if (!is_native(name) && name.starts_with("requests.")) {
    causes.invalid(where, name, "doesn't follow extended resource name standard");
  }
}

void check_amounts(const json& amounts, const Where& where, Causes& causes) {
  if (!amounts.is_object()) return;
  for (const auto& [name, amount] : amounts.items()) {
    const Where here = where.key(name);
    check_resource_name(name, here, causes);
    check_quantity(amount, here, causes);
    const auto exact = exact_quantity(written(amount));
    if (exact && !is_native(name) && *exact % 1'000'000'000 != 0)
      causes.invalid(here, written(amount), "must be an integer");
    if (causes.full()) return;
  }
}

void compare(const std::string& name, const json& request, const json& limits, const Where& where, Causes& causes) {
  const json& limit = at(limits, {name});
  const auto wanted = exact_quantity(written(request)), most = exact_quantity(written(limit));
  if (!wanted) return;
  const Where requests = where / "requests";
  if (limit.is_null()) {
    if (!is_overcommitted(name))
      causes.required(where / "limits", "Limit must be set for non overcommitable resources");
  } else if (most && !is_overcommitted(name) && *wanted != *most) {
    causes.invalid(requests, written(request), "must be equal to " + name + " limit of " + written(limit));
  } else if (most && *wanted > *most) {
    causes.invalid(requests, written(request), "must be less than or equal to " + name + " limit of " + written(limit));
  }
}

}  // namespace

void check_quantity(const json& amount, const Where& where, Causes& causes) {
  if (!amount.is_string() && !amount.is_number()) return;
  std::string why;
  const auto exact = exact_quantity(written(amount), &why);
  if (!exact) return causes.invalid(where, amount, why);
  if (*exact < 0) causes.invalid(where, written(amount), "must be greater than or equal to 0");
}

void check_quantities(const json& amounts, const Where& where, Causes& causes) {
  if (!amounts.is_object()) return;
  for (const auto& [name, amount] : amounts.items()) {
    check_quantity(amount, where.key(name), causes);
    if (causes.full()) return;
  }
}

void check_resources(const json& resources, const Where& where, Causes& causes) {
  check_amounts(at(resources, {"limits"}), where / "limits", causes);
  check_amounts(at(resources, {"requests"}), where / "requests", causes);
  const json& limits = object_at(resources, {"limits"});
  for (const auto& [name, request] : object_at(resources, {"requests"}).items()) {
    compare(name, request, limits, where, causes);
    if (causes.full()) return;
  }
}

}  // namespace zdt::rehearsal::api
