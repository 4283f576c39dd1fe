// What kubernetes 1.33 has in plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, without the roles of controllers
// and of kinds that are not served here (certificates, CSI).
#include "rehearsal/api/rbac/policy.h"

#include "base/text.h"
#include "rehearsal/api/rbac/role_index.h"

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kReadVerbs = "get list watch";
constexpr const char* kWriteVerbs = "create update patch delete deletecollection";
constexpr const char* kAllVerbs = "get list watch create update patch delete deletecollection";

/// One rule, in words: verbs, group ("core" for ""), resources; or verbs, "url", paths.
struct RuleLine {
  const char *verbs, *group, *targets;
  const char* name = "";
};

/// joins   the role that gathers this one ("edit"), or "".
/// gathers whether it gathers the roles that join it itself.
struct RoleEntry {
  const char* name;
  std::vector<RuleLine> rules;
  const char* joins = "";
  bool gathers = false;
};

const RuleLine kEvents{"create update patch", "core events.k8s.io", "events"};

std::vector<RoleEntry> roles_of_users() {
  return {
      {"cluster-admin", {{"*", "*", "*"}, {"*", "url", "*"}}},
      {"admin", {}, "", true},
      {"edit", {}, "admin", true},
      {"view", {}, "edit", true},
      {"system:aggregate-to-admin",
       {{"create", "authorization.k8s.io", "localsubjectaccessreviews"}, {kAllVerbs, kAccessGroup, "roles rolebindings"}},
       "admin"},
      {"system:aggregate-to-edit",
       {{kReadVerbs, "core", "pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy"},
        {"impersonate", "core", "serviceaccounts"},
        {kWriteVerbs, "core", "pods pods/attach pods/proxy pods/exec pods/portforward"},
        {"create", "core", "pods/eviction"},
        {kWriteVerbs, "core",
         "replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy "
         "persistentvolumeclaims configmaps secrets events"},
        {"create", "core", "serviceaccounts/token"},
        {kWriteVerbs, "apps",
         "statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets "
         "replicasets/scale"},
        {kWriteVerbs, "autoscaling", "horizontalpodautoscalers"},
        {kWriteVerbs, "batch", "jobs cronjobs"},
        {kWriteVerbs, "policy", "poddisruptionbudgets"},
        {kWriteVerbs, "networking.k8s.io", "networkpolicies ingresses"},
        {kAllVerbs, "coordination.k8s.io", "leases"}},
       "edit"},
      {"system:aggregate-to-view",
       {{kReadVerbs, "core",
         "pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints "
         "persistentvolumeclaims persistentvolumeclaims/status configmaps"},
        {kReadVerbs, "core",
         "limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status "
         "replicationcontrollers/status pods/log"},
        {kReadVerbs, "core", "namespaces"},
        {kReadVerbs, "discovery.k8s.io", "endpointslices"},
        {kReadVerbs, "apps",
         "controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status "
         "deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale"},
        {kReadVerbs, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"},
        {kReadVerbs, "batch", "jobs cronjobs cronjobs/status jobs/status"},
        {kReadVerbs, "policy", "poddisruptionbudgets poddisruptionbudgets/status"},
        {kReadVerbs, "networking.k8s.io", "networkpolicies ingresses ingresses/status"}},
       "view"},
  };
}

/// What metrics-server and Argo Rollouts bring along, whose kinds this cluster has.
std::vector<RoleEntry> roles_of_addons() {
  constexpr const char* kArgoKinds =
      "rollouts rollouts/scale rollouts/status experiments analysistemplates clusteranalysistemplates analysisruns";
  return {
      {"system:aggregated-metrics-reader", {{kReadVerbs, "metrics.k8s.io", "pods nodes"}}, "view"},
      {"argo-rollouts-aggregate-to-admin", {{kAllVerbs, "argoproj.io", kArgoKinds}}, "admin"},
      {"argo-rollouts-aggregate-to-edit", {{kAllVerbs, "argoproj.io", kArgoKinds}}, "edit"},
      {"argo-rollouts-aggregate-to-view", {{kReadVerbs, "argoproj.io", kArgoKinds}}, "view"},
  };
}

std::vector<RoleEntry> roles_of_everybody() {
  constexpr const char* kHealth = "/livez /readyz /healthz";
  return {
      {"system:discovery",
       {{"get", "url", "/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*"}}},
      {"system:public-info-viewer", {{"get", "url", "/livez /readyz /healthz /version /version/"}}},
      {"system:monitoring",
       {{"get", "url", kHealth}, {"get", "url", "/metrics /metrics/slis /livez/* /readyz/* /healthz/*"}}},
      {"system:basic-user",
       {{"create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"},
        {"create", "authentication.k8s.io", "selfsubjectreviews"}}},
      {"system:service-account-issuer-discovery",
       {{"get", "url",
         "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/"}}},
      {"system:auth-delegator",
       {{"create", "authentication.k8s.io", "tokenreviews"}, {"create", "authorization.k8s.io", "subjectaccessreviews"}}},
  };
}

std::vector<RoleEntry> roles_of_parts() {
  return {
      {"system:node-proxier",
       {{"list watch", "core", "services endpoints"},
        {kReadVerbs, "core", "nodes"},
        kEvents,
        {"list watch", "networking.k8s.io", "servicecidrs"},
        {"list watch", "discovery.k8s.io", "endpointslices"}}},
      {"system:node-problem-detector",
       {{"get", "core", "nodes"}, {"patch", "core", "nodes/status"}, kEvents}},
      {"system:kube-dns", {{"list watch", "core", "endpoints services"}}},
      {"system:kube-aggregator", {{kReadVerbs, "core", "services endpoints"}}},
      {"system:kube-controller-manager",
       {kEvents,
        {"create", "coordination.k8s.io", "leases"},
        {"get update", "coordination.k8s.io", "leases", "kube-controller-manager"},
        {"create", "core", "secrets serviceaccounts"},
        {"delete", "core", "secrets"},
        {"get", "core", "namespaces secrets serviceaccounts configmaps"},
        {"update", "core", "secrets serviceaccounts"},
        {"create", "authentication.k8s.io", "tokenreviews"},
        {"create", "authorization.k8s.io", "subjectaccessreviews"},
        {"list watch", "*", "*"},
        {"create", "core", "serviceaccounts/token"}}},
      {"system:kube-scheduler",
       {kEvents,
        {"create", "coordination.k8s.io", "leases"},
        {"get update", "coordination.k8s.io", "leases", "kube-scheduler"},
        {kReadVerbs, "core", "nodes"},
        {"get list watch delete", "core", "pods"},
        {"create", "core", "pods/binding bindings"},
        {"patch update", "core", "pods/status"},
        {kReadVerbs, "core", "services replicationcontrollers"},
        {kReadVerbs, "apps", "replicasets statefulsets"},
        {kReadVerbs, "policy", "poddisruptionbudgets"},
        {kReadVerbs, "core", "persistentvolumeclaims persistentvolumes namespaces"},
        {"create", "authentication.k8s.io", "tokenreviews"},
        {"create", "authorization.k8s.io", "subjectaccessreviews"}}},
  };
}

/// kind  of the subject: "Group", "User", or "ServiceAccount" as "NAMESPACE/NAME".
struct BindingEntry {
  const char* role;
  const char* kind;
  std::vector<std::string> names;
};

std::vector<BindingEntry> default_bindings() {
  return {{"cluster-admin", "Group", {"system:masters"}},
          {"system:monitoring", "Group", {"system:monitoring"}},
          {"system:discovery", "Group", {"system:authenticated"}},
          {"system:basic-user", "Group", {"system:authenticated"}},
          {"system:public-info-viewer", "Group", {"system:authenticated", "system:unauthenticated"}},
          {"system:service-account-issuer-discovery", "Group", {"system:serviceaccounts"}},
          {"system:node-proxier", "User", {"system:kube-proxy"}},
          {"system:kube-controller-manager", "User", {"system:kube-controller-manager"}},
          {"system:kube-scheduler", "User", {"system:kube-scheduler"}},
          {"system:kube-dns", "ServiceAccount", {"kube-system/kube-dns"}}};
}

json groups_in(const std::string& words) {
  json groups = json::array();
  for (const std::string& word : split(words, ' ')) groups.push_back(word == "core" ? "" : word);
  return groups;
}

json rule_of(const RuleLine& line) {
  json rule = {{"verbs", split(line.verbs, ' ')}};
  const bool paths = std::string_view(line.group) == "url";
  rule[paths ? "nonResourceURLs" : "resources"] = split(line.targets, ' ');
  if (!paths) rule["apiGroups"] = groups_in(line.group);
  if (*line.name != 0) rule["resourceNames"] = json::array({line.name});
  return rule;
}

std::string gathering_label(const std::string& role) { return "rbac.authorization.k8s.io/aggregate-to-" + role; }

json metadata_of(const std::string& name) {
  return {{"name", name},
          {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}},
          {"annotations", {{"rbac.authorization.kubernetes.io/autoupdate", "true"}}}};
}

/// The rules of `entry`, and of all that join it.
void add_rules(const std::vector<RoleEntry>& all, const RoleEntry& entry, json& rules) {
  for (const RuleLine& line : entry.rules) rules.push_back(rule_of(line));
  if (!entry.gathers) return;
  for (const RoleEntry& other : all) {
    if (std::string_view(other.joins) == entry.name) add_rules(all, other, rules);
  }
}

json role_of(const std::vector<RoleEntry>& all, const RoleEntry& entry) {
  json role = {{"apiVersion", "rbac.authorization.k8s.io/v1"}, {"kind", "ClusterRole"}, {"metadata", metadata_of(entry.name)}};
  if (*entry.joins != 0) role["metadata"]["labels"][gathering_label(entry.joins)] = "true";
  role["rules"] = json::array();
  add_rules(all, entry, role["rules"]);
  if (!entry.gathers) return role;
  json selector = {{"matchLabels", {{gathering_label(entry.name), "true"}}}};
  role["aggregationRule"]["clusterRoleSelectors"] = json::array({std::move(selector)});
  return role;
}

json subject_of(const std::string& kind, const std::string& name) {
  if (kind != "ServiceAccount") return {{"kind", kind}, {"apiGroup", kAccessGroup}, {"name", name}};
  const auto parts = split(name, '/');
  return {{"kind", kind}, {"namespace", parts[0]}, {"name", parts[1]}};
}

json binding_of(const BindingEntry& entry) {
  json binding = {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                  {"kind", "ClusterRoleBinding"},
                  {"metadata", metadata_of(entry.role)},
                  {"roleRef", {{"apiGroup", kAccessGroup}, {"kind", "ClusterRole"}, {"name", entry.role}}},
                  {"subjects", json::array()}};
  for (const std::string& name : entry.names) binding["subjects"].push_back(subject_of(entry.kind, name));
  return binding;
}

void create_when_missing(Store& store, const char* resource, json object) {
  const std::string name = string_at(object, {"metadata", "name"});
  if (!store.find(resource, "", name)) store.create(resource, std::move(object)).value();
}

}  // namespace

void create_default_policy(Store& store) {
  std::vector<RoleEntry> roles;
  for (const auto& family : {roles_of_users(), roles_of_addons(), roles_of_everybody(), roles_of_parts()})
    roles.insert(roles.end(), family.begin(), family.end());
  for (const RoleEntry& entry : roles) create_when_missing(store, kClusterRoles, role_of(roles, entry));
  for (const BindingEntry& entry : default_bindings()) create_when_missing(store, kClusterRoleBindings, binding_of(entry));
}

}  // namespace zdt::rehearsal::api
