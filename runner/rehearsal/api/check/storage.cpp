// Claims, volumes and classes of storage, quotas and ranges. Nobody here acts on them.
#include <set>

#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"
#include "rehearsal/api/check/quantity.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostPriority = 1'000'000'000;

void check_access_modes(const json& spec, const Where& where, Causes& causes) {
  const json& modes = array_at(spec, {"accessModes"});
  if (modes.empty()) causes.required(where / "accessModes", "at least 1 access mode is required");
  for (const json& mode : modes) {
    const bool known =
        mode == "ReadOnlyMany" || mode == "ReadWriteMany" || mode == "ReadWriteOnce" || mode == "ReadWriteOncePod";
    if (!known) {
      causes.unsupported(where / "accessModes", mode,
                         {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"});
    }
    if (causes.full()) return;
  }
}

void check_storage(const json& amounts, const Where& where, Causes& causes) {
  const json& storage = at(amounts, {"storage"});
  if (storage.is_null()) return causes.required(where.key("storage"));
  check_quantities(amounts, where, causes);
  const auto exact = exact_quantity(storage.is_number() ? storage.dump() : text(storage));
  if (exact && *exact == 0) causes.invalid(where.key("storage"), storage, "must be greater than zero");
}

/// The one source of a PersistentVolume; its other fields are no objects but for those here.
void check_volume_source(const json& spec, const Where& where, Causes& causes) {
  static const std::set<std::string> kOthers = {"capacity", "claimRef", "nodeAffinity"};
  int sources = 0;
  for (const auto& [field, value] : spec.items()) {
    if (!value.is_object() || kOthers.contains(field)) continue;
    if (++sources > 1) causes.forbidden(where / field, "may not specify more than 1 volume type");
    if (field != "hostPath" && field != "local") continue;
    const Where here = where / field;
    if (check_required(value, "path", here, causes)) check_no_backsteps(text_of(value, "path"), here / "path", causes);
  }
  if (sources == 0) causes.required(where, "must specify a volume type");
}

void check_standard_name(const std::string& name, const Where& where, Causes& causes) {
  const std::string broken = broken_label_key_rule(name);
  if (!broken.empty()) causes.invalid(where, name, broken);
}

}  // namespace

void check_claim(const json& claim, Causes& causes) {
  const json& spec = object_at(claim, {"spec"});
  const Where where("spec"), requests = where / "resources";
  check_selector(at(spec, {"selector"}), where / "selector", causes);
  check_access_modes(spec, where, causes);
  check_storage(at(spec, {"resources", "requests"}), requests, causes);
  check_field(spec, "storageClassName", broken_subdomain_rule, where, causes);
  check_choice(spec, "volumeMode", {"Block", "Filesystem"}, where, causes);
}

void check_volume(const json& volume, Causes& causes) {
  const json& spec = object_at(volume, {"spec"});
  const Where where("spec"), capacity = where / "capacity";
  check_access_modes(spec, where, causes);
  check_storage(at(spec, {"capacity"}), capacity, causes);
  check_volume_source(spec, where, causes);
  check_choice(spec, "persistentVolumeReclaimPolicy", {"Delete", "Recycle", "Retain"}, where, causes);
  check_choice(spec, "volumeMode", {"Block", "Filesystem"}, where, causes);
  check_field(spec, "storageClassName", broken_subdomain_rule, where, causes);
  const json& required = at(spec, {"nodeAffinity", "required"});
  if (!required.is_null()) check_node_selector(required, where / "nodeAffinity.required", causes);
}

void check_storage_class(const json& storage_class, Causes& causes) {
  const Where provisioner("provisioner");
  const std::string& name = text_of(storage_class, "provisioner");
  if (name.empty()) causes.required(provisioner);
  if (!name.empty()) check_text(name, broken_label_key_rule, provisioner, causes);
  for (const auto& [key, value] : object_at(storage_class, {"parameters"}).items()) {
    if (key.empty()) causes.required(Where("parameters"), "field can not be empty.");
  }
  const json& policy = at(storage_class, {"reclaimPolicy"});
  if (policy.is_string() && policy != "Delete" && policy != "Retain")
    causes.unsupported(Where("reclaimPolicy"), policy, {"Delete", "Retain"});
  const json& mode = at(storage_class, {"volumeBindingMode"});
  if (mode.is_string() && mode != "Immediate" && mode != "WaitForFirstConsumer")
    causes.unsupported(Where("volumeBindingMode"), mode, {"Immediate", "WaitForFirstConsumer"});
}

void check_quota(const json& quota, Causes& causes) {
  const Where spec("spec"), hard = spec / "hard";
  const json& amounts = object_at(quota, {"spec", "hard"});
  for (const auto& [name, amount] : amounts.items()) {
    check_standard_name(name, hard.key(name), causes);
    if (causes.full()) return;
  }
  check_quantities(amounts, hard, causes);
}

void check_limit_range(const json& range, Causes& causes) {
  const Where spec("spec");
  std::set<std::string> types;
  const json& limits = array_at(range, {"spec", "limits"});
  for (size_t i = 0; i < limits.size() && !causes.full(); ++i) {
    const Where here = spec.item("limits", i);
    const std::string& type = text_of(limits[i], "type");
    check_standard_name(type, here / "type", causes);
    if (!types.insert(type).second) causes.duplicate(here / "type", type);
    for (const char* field : {"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"})
      check_quantities(at(limits[i], {field}), here / field, causes);
  }
}

void check_priority_class(const json& priority_class, Causes& causes) {
  const std::string name = string_at(priority_class, {"metadata", "name"});
  const Where metadata("metadata");
  const bool known = name == "system-node-critical" || name == "system-cluster-critical";
  if (name.starts_with("system-") && !known) {
    causes.forbidden(metadata / "name", "priority class names with 'system-' prefix are reserved for system use only");
  }
  const json& value = at(priority_class, {"value"});
  if (!known && int_at(value, {}) > kMostPriority)
    causes.forbidden(Where("value"), "maximum allowed value of a user defined priority is 1000000000");
  const json& policy = at(priority_class, {"preemptionPolicy"});
  if (policy.is_string() && policy != "PreemptLowerPriority" && policy != "Never")
    causes.unsupported(Where("preemptionPolicy"), policy, {"PreemptLowerPriority", "Never"});
}

}  // namespace zdt::rehearsal::api
