#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

void check_key_reference(const json& reference, const Where& where, Causes& causes) {
  check_text(text_of(reference, "name"), broken_subdomain_rule, where / "name", causes);
  if (check_required(reference, "key", where, causes))
    check_text(reference["key"], broken_config_key_rule, where / "key", causes);
}

void check_value_from(const json& variable, const Where& where, Causes& causes) {
  const json& source = variable["valueFrom"];
  int sources = 0;
  for (const char* kind : {"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"}) {
    const json& reference = at(source, {kind});
    if (reference.is_null()) continue;
    ++sources;
    const Where here = where / kind;
    if (std::string_view(kind) == "fieldRef") {
      check_field_reference(reference, here, false, causes);
    } else if (std::string_view(kind) == "resourceFieldRef") {
      check_resource_reference(reference, here, false, causes);
    } else {
      check_key_reference(reference, here, causes);
    }
  }
  if (sources == 0) {
    causes.invalid(where, "",
                   "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  } else if (!text_of(variable, "value").empty()) {
    causes.invalid(where, "", "may not be specified when `value` is not empty");
  } else if (sources > 1) {
    causes.invalid(where, "", "may not have more than one field specified at a time");
  }
}

void check_variable(const json& variable, const Where& where, Causes& causes) {
  if (check_required(variable, "name", where, causes))
    check_text(variable["name"], broken_env_name_rule, where / "name", causes);
  if (is_set(variable, "valueFrom")) check_value_from(variable, where / "valueFrom", causes);
}

void check_source_of_many(const json& source, const Where& where, Causes& causes) {
  if (!text_of(source, "prefix").empty())
    check_text(source["prefix"], broken_env_name_rule, where / "prefix", causes);
  int sources = 0;
  for (const char* kind : {"configMapRef", "secretRef"}) {
    if (!is_set(source, kind)) continue;
    ++sources;
    const Where here = where / kind;
    if (check_required(source[kind], "name", here, causes))
      check_field(source[kind], "name", broken_subdomain_rule, here, causes);
  }
  if (sources == 0) causes.invalid(where, "", "must specify one of: `configMapRef` or `secretRef`");
  if (sources > 1) causes.invalid(where, "", "may not have more than one field specified at a time");
}

}  // namespace

void check_environment(const json& container, const Where& where, Causes& causes) {
  const json& variables = array_at(container, {"env"});
  for (size_t i = 0; i < variables.size() && !causes.full(); ++i)
    check_variable(variables[i], where.item("env", i), causes);
  const json& sources = array_at(container, {"envFrom"});
  for (size_t i = 0; i < sources.size() && !causes.full(); ++i)
    check_source_of_many(sources[i], where.item("envFrom", i), causes);
}

}  // namespace zdt::rehearsal::api
