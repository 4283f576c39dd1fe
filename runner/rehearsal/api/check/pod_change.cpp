// What an update of a Pod may change (ValidatePodUpdate).
#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

/// A toleration but for its seconds, which may change.
std::string lasting(json toleration) {
  if (toleration.is_object()) toleration.erase("tolerationSeconds");
  return toleration.dump(-1, ' ', false, json::error_handler_t::replace);
}

void check_only_added_tolerations(const json& after, const json& before, const Where& where, Causes& causes) {
  std::set<std::string> kept;
  for (const json& toleration : array_at(after, {"tolerations"})) kept.insert(lasting(toleration));
  for (const json& toleration : array_at(before, {"tolerations"})) {
    if (kept.contains(lasting(toleration))) continue;
    return causes.forbidden(where / "tolerations",
                            "existing toleration can not be modified except its tolerationSeconds");
  }
}

void check_deadline(const json& after, const json& before, const Where& where, Causes& causes) {
  const json &now = at(after, {"activeDeadlineSeconds"}), &then = at(before, {"activeDeadlineSeconds"});
  if (now.is_null() && !then.is_null()) {
    causes.invalid(where / "activeDeadlineSeconds", now, "must not update from a positive integer to nil value");
  } else if (!then.is_null() && int_at(now, {}) > int_at(then, {})) {
    causes.invalid(where / "activeDeadlineSeconds", now, "must be less than or equal to previous value");
  }
}

/// Whether the lists are as long as before.
bool check_counts(const json& after, const json& before, const Where& where, Causes& causes) {
  for (const char* list : {"containers", "initContainers"}) {
    if (array_at(after, {list}).size() == array_at(before, {list}).size()) continue;
    causes.forbidden(where / list, "pod updates may not add or remove containers");
    return false;
  }
  return true;
}

/// Only gates that were there may be left.
void check_only_removed_gates(const json& after, const json& before, const Where& where, Causes& causes) {
  std::set<std::string> known;
  for (const json& gate : array_at(before, {"schedulingGates"})) known.insert(text_of(gate, "name"));
  const json& gates = array_at(after, {"schedulingGates"});
  for (size_t i = 0; i < gates.size() && !causes.full(); ++i) {
    const std::string& name = text_of(gates[i], "name");
    if (known.contains(name)) continue;
    const Where here = where.item("schedulingGates", i);
    causes.forbidden(here / "name", "only deletion is allowed, but found new scheduling gate '" + name + "'");
  }
}

/// The part of a spec that never changes.
json fixed_part(json spec) {
  if (!spec.is_object()) return spec;
  for (const char* field : {"tolerations", "activeDeadlineSeconds", "schedulingGates"}) spec.erase(field);
  for (const char* list : {"containers", "initContainers"}) {
    if (!at(spec, {list}).is_array()) continue;
    for (json& container : spec[list]) {
      if (container.is_object()) container.erase("image");
    }
  }
  return spec;
}

}  // namespace

void check_pod_change(const json& pod, const json& previous, Causes& causes) {
  const Where where("spec");
  const json &after = object_at(pod, {"spec"}), &before = object_at(previous, {"spec"});
  if (!check_counts(after, before, where, causes)) return;
  check_deadline(after, before, where, causes);
  check_only_added_tolerations(after, before, where, causes);
  check_only_removed_gates(after, before, where, causes);
  json fixed_after = fixed_part(after), fixed_before = fixed_part(before);
  if (int_at(before, {"terminationGracePeriodSeconds"}) < 0 && int_at(after, {"terminationGracePeriodSeconds"}) == 1)
    fixed_before["terminationGracePeriodSeconds"] = 1;
  if (fixed_after == fixed_before) return;
  causes.forbidden(
      where,
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
      "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
}

}  // namespace zdt::rehearsal::api
