#include "rehearsal/api/check/pod.h"

#include "rehearsal/api/check/addresses.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostSeconds = 2'147'483'647;

/// Fields that name another object, and other small ones.
void check_names(const json& spec, const Where& where, Causes& causes) {
  for (const char* field : {"serviceAccountName", "serviceAccount", "nodeName", "priorityClassName", "runtimeClassName"})
    check_field(spec, field, broken_subdomain_rule, where, causes);
  check_choice(spec, "preemptionPolicy", {"PreemptLowerPriority", "Never"}, where, causes);
  if (is_set(spec, "os")) check_choice(spec["os"], "name", {"linux", "windows"}, where / "os", causes);
  check_quantities(at(spec, {"overhead"}), where / "overhead", causes);
  const json& gates = array_at(spec, {"readinessGates"});
  for (size_t i = 0; i < gates.size() && !causes.full(); ++i) {
    const Where here = where.item("readinessGates", i);
    check_text(text_of(gates[i], "conditionType"), broken_label_key_rule, here / "conditionType", causes);
  }
}

void check_claims(const json& spec, const Where& where, Causes& causes) {
  std::set<std::string> names;
  const json& claims = array_at(spec, {"resourceClaims"});
  for (size_t i = 0; i < claims.size() && !causes.full(); ++i) {
    const Where here = where.item("resourceClaims", i);
    if (!check_required(claims[i], "name", here, causes)) continue;
    check_field(claims[i], "name", broken_label_rule, here, causes);
    if (!names.insert(text_of(claims[i], "name")).second) causes.duplicate(here / "name", claims[i]["name"]);
  }
}

void check_image_spaces(const json& spec, const Where& where, Causes& causes) {
  for (const char* list : {"containers", "initContainers"}) {
    const json& containers = array_at(spec, {list});
    for (size_t i = 0; i < containers.size() && !causes.full(); ++i) {
      const std::string& image = text_of(containers[i], "image");
      constexpr const char* kSpaces = " \t\r\n\v\f";
      if (image.empty() || (image.find_first_of(kSpaces) != 0 && image.find_last_of(kSpaces) != image.size() - 1))
        continue;
      const Where here = where.item(list, i);
      causes.invalid(here / "image", image, "must not have leading or trailing whitespace");
    }
  }
}

void check_ips(const json& status, std::string_view list, const Where& where, Causes& causes) {
  const json& ips = array_at(status, {list});
  int families[2] = {0, 0};
  for (size_t i = 0; i < ips.size() && !causes.full(); ++i) {
    const std::string& ip = text_of(ips[i], "ip");
    check_text(ip, broken_address_rule, where.item(list, i), causes);
    ++families[is_ipv6(ip) ? 1 : 0];
  }
  if (families[0] > 1 || families[1] > 1)
    causes.invalid(where / list, ips, "may specify no more than one IP for each IP family");
}

}  // namespace

void check_pod_spec(const json& spec, const Where& where, Causes& causes) {
  const auto volumes = check_volumes(spec, where, causes);
  const int64_t grace = int_at(spec, {"terminationGracePeriodSeconds"}, 30);
  check_claims(spec, where, causes);
  const std::string policy = string_at(spec, {"restartPolicy"}, "Always");
  const ContainerContext context{volumes, grace, policy};
  check_containers(spec, where, context, causes);
  check_choice(spec, "restartPolicy", {"Always", "OnFailure", "Never"}, where, causes);
  check_not_negative(spec, "terminationGracePeriodSeconds", where, causes);
  // Kubernetes has no bound here, and counts wrong above the one of its clocks.
  if (grace > kMostSeconds) check_range(spec, "terminationGracePeriodSeconds", 0, kMostSeconds, where, causes);
  check_range(spec, "activeDeadlineSeconds", 1, kMostSeconds, where, causes);
  check_pod_network(spec, where, causes);
  check_pod_security(spec, where, causes);
  check_scheduling(spec, where, causes);
  check_names(spec, where, causes);
}

void check_pod(const json& pod, Causes& causes) {
  const Where spec("spec");
  check_pod_spec(object_at(pod, {"spec"}), spec, causes);
  check_image_spaces(object_at(pod, {"spec"}), spec, causes);
  if (!text_of(object_at(pod, {"spec"}), "nodeName").empty() && !array_at(pod, {"spec", "schedulingGates"}).empty())
    causes.forbidden(spec / "nodeName", "cannot be set until all schedulingGates have been cleared");
}

void check_pod_template(const json& pod_template, const Where& where, Causes& causes) {
  check_labels(at(pod_template, {"metadata", "labels"}), where / "labels", causes);
  check_annotations(at(pod_template, {"metadata", "annotations"}), where / "annotations", causes);
  const Where spec = where / "spec";
  check_pod_spec(object_at(pod_template, {"spec"}), spec, causes);
  if (!array_at(pod_template, {"spec", "ephemeralContainers"}).empty())
    causes.forbidden(spec / "ephemeralContainers", "ephemeral containers not allowed in pod template");
}

void check_pod_status(const json& pod, Causes& causes) {
  const json& status = object_at(pod, {"status"});
  const Where where("status");
  const json& conditions = array_at(status, {"conditions"});
  for (size_t i = 0; i < conditions.size() && !causes.full(); ++i) {
    const Where here = where.item("conditions", i);
    check_text(text_of(conditions[i], "type"), broken_label_key_rule, here / "type", causes);
  }
  check_field(status, "nominatedNodeName", broken_subdomain_rule, where, causes);
  for (const char* list : {"podIPs", "hostIPs"}) check_ips(status, list, where, causes);
  // Kubernetes keeps the first of the list in the single field, so that it need not be looked at there.
  for (const char* field : {"podIP", "hostIP"}) check_field(status, field, broken_address_rule, where, causes);
}

}  // namespace zdt::rehearsal::api
