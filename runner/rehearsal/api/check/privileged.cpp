#include "rehearsal/api/check/privileged.h"

namespace zdt::rehearsal::api {
namespace {

void check_privilege_in(const json& spec, const Where& where, Causes& causes) {
  for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
    const json& containers = array_at(spec, {list});
    for (size_t i = 0; i < containers.size() && !causes.full(); ++i) {
      if (!bool_at(containers[i], {"securityContext", "privileged"})) continue;
      const Where here = where.item(list, i);
      causes.forbidden(here / "securityContext.privileged",
                       "disallowed by cluster policy (the rehearsal cluster runs as root of this machine: `zdt-demo cluster up "
                       "--allow-privileged` allows it)");
    }
  }
}

}  // namespace

void check_unprivileged(const ResourceType& type, const json& object, Causes& causes) {
  if (type.resource() == "pods") return check_privilege_in(object_at(object, {"spec"}), Where("spec"), causes);
  check_privilege_in(object_at(object, {"template", "spec"}), Where("template.spec"), causes);
  check_privilege_in(object_at(object, {"spec", "template", "spec"}), Where("spec.template.spec"), causes);
  check_privilege_in(object_at(object, {"spec", "jobTemplate", "spec", "template", "spec"}),
                     Where("spec.jobTemplate.spec.template.spec"), causes);
}

}  // namespace zdt::rehearsal::api
