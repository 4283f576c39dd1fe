#include <algorithm>

#include "audit/rule.h"

namespace zdt::audit {
namespace {

#define ZDT_K8S "https://kubernetes.io/docs/"

std::vector<Rule> make_rules() {
  return {
      {"grace-period", Level::kWarning, "the grace period does not cover hook and requests",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#pod-termination-flow", check_grace_period},
      // Before the hooks: a pod with a hook gets no note for a grace period that is not set.
      {"grace-period-default", Level::kNote, "the grace period was left at its default",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#pod-termination-flow", check_grace_default},
      {"prestop-missing", Level::kWarning, "no preStop hook",
       ZDT_K8S "tutorials/services/pods-and-endpoint-termination-flow/", check_prestop_missing},
      {"prestop-short", Level::kWarning, "the preStop hook is shorter than the endpoint sync",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#pod-termination-flow", check_prestop_short},
      {"graceful-stop-off", Level::kWarning, "the graceful stop is switched off",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#pod-termination", check_graceful_off},
      {"command-shell", Level::kWarning, "a shell is PID 1",
       "https://docs.docker.com/reference/build-checks/json-args-recommended/", check_command_shell},
      {"entrypoint-shell", Level::kWarning, "the ENTRYPOINT or CMD has the shell form",
       "https://docs.docker.com/reference/build-checks/json-args-recommended/", check_entrypoint},
      {"stop-signal", Level::kWarning, "the stop signal is not the program's graceful one",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#pod-termination-stop-signals", check_stop_signal},
      {"readiness-missing", Level::kWarning, "no readiness probe",
       ZDT_K8S "concepts/workloads/pods/pod-lifecycle/#when-should-you-use-a-readiness-probe",
       check_readiness_missing},
      {"liveness-missing", Level::kWarning, "no liveness probe",
       ZDT_K8S "concepts/configuration/liveness-readiness-startup-probes/", check_liveness_missing},
      {"liveness-impatient", Level::kWarning,
       "the liveness probe is not slower and more tolerant than readiness",
       ZDT_K8S "tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
       check_liveness_impatient},
      {"liveness-early", Level::kWarning, "the liveness probe may kill before the pod can be ready",
       ZDT_K8S "concepts/configuration/liveness-readiness-startup-probes/", check_liveness_early},
      {"max-unavailable", Level::kWarning, "an update takes pods away before new ones are ready",
       ZDT_K8S "concepts/workloads/controllers/deployment/#max-unavailable", check_max_unavailable},
      {"max-surge", Level::kWarning, "the surge does not fit the capacity",
       ZDT_K8S "concepts/workloads/controllers/deployment/#max-surge", check_max_surge},
      {"sidecar-order", Level::kWarning, "the proxy may end before the application",
       ZDT_K8S "concepts/workloads/pods/sidecar-containers/", check_sidecar_order},
      {"sidecar-start", Level::kNote, "the application does not wait for its proxy",
       ZDT_K8S "concepts/workloads/pods/sidecar-containers/", check_sidecar_start},
      {"pdb-missing", Level::kNote, "no PodDisruptionBudget", ZDT_K8S "tasks/run-application/configure-pdb/",
       check_pdb_missing},
      {"pdb-blocks-drain", Level::kWarning, "the PodDisruptionBudget allows no eviction at all",
       ZDT_K8S "tasks/run-application/configure-pdb/", check_pdb_blocks},
      {"pdb-useless", Level::kWarning, "the PodDisruptionBudget protects nothing",
       ZDT_K8S "tasks/run-application/configure-pdb/", check_pdb_useless},
      {"single-replica", Level::kNote, "one replica", ZDT_K8S "concepts/workloads/pods/disruptions/",
       check_single_replica},
      {"upstream-timeout", Level::kWarning, "requests to an upstream have no time limit",
       "https://sre.google/sre-book/addressing-cascading-failures/", check_upstream_timeout},
      {"idle-timeout-order", Level::kWarning, "the callee closes idle connections before its caller",
       "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
       "edit-load-balancer-attributes.html",
       check_idle_order},
      {"retries-multiply", Level::kWarning, "retries multiply along the way",
       "https://sre.google/sre-book/addressing-cascading-failures/", check_retries_multiply},
  };
}

#undef ZDT_K8S

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = make_rules();
  return kRules;
}

const Rule* rule_named(std::string_view id) {
  const auto found =
      std::find_if(rules().begin(), rules().end(), [&](const Rule& rule) { return rule.id == id; });
  return found == rules().end() ? nullptr : &*found;
}

Finding& Report::add(ObjectName object, std::string path, std::string why, std::string fix) const {
  Finding& finding = findings_.emplace_back();
  finding.rule = rule_.id;
  finding.level = rule_.level;
  finding.object = std::move(object);
  finding.path = std::move(path);
  finding.why = std::move(why);
  finding.fix = std::move(fix);
  return finding;
}

std::string time_text(milliseconds time) {
  if (time.count() % 1000 != 0) return format_duration(time);
  return fmt::format("{} s", time.count() / 1000);
}

std::string pods_text(int64_t count) { return fmt::format("{} pod{}", count, count == 1 ? "" : "s"); }

json add_operation(const std::string& path, json value) {
  return {{"op", "add"}, {"path", path}, {"value", std::move(value)}};
}

std::vector<Finding> audit(const Input& input, const Options& options) {
  const ObjectSet set(input.objects);
  Facts facts{set, options, envoys_of(set), {}, {}};
  facts.calls = calls_of(set, facts.proxies);
  for (const DockerfileText& file : input.dockerfiles) facts.images.push_back(image_of(file));
  std::vector<Finding> findings;
  for (const Rule& rule : rules()) rule.check(facts, Report(rule, findings));
  for (Finding& finding : findings) {
    if (finding.object.index < input.places.size()) finding.place = input.places[finding.object.index];
    if (finding.line > 0) finding.place = {finding.object.name, finding.line};
    // No patch can name an object whose name the API server makes up.
    const bool named = finding.line > 0 || finding.object.index >= input.objects.size() ||
                       !string_at(input.objects[finding.object.index], {"metadata", "name"}).empty();
    if (!named) finding.patch = json::array();
  }
  return findings;
}

}  // namespace zdt::audit
