// Which kinds a plan knows, in the place of discovery.
#include "base/text.h"
#include "cluster/planned_cluster.h"
#include "rehearsal/store/types.h"

namespace zdt::cluster {
namespace {

using kube::Resource;

/// What charts and remote manifests bring: from their CustomResourceDefinitions.
std::vector<Resource> installed_kinds() {
  const auto of = [](std::string group, std::string version, std::string kind, std::string plural,
                     bool namespaced = true, std::vector<std::string> short_names = {}) {
    return Resource{std::move(group), std::move(version),    kind, std::move(plural), lower(kind),
                    namespaced,       std::move(short_names)};
  };
  const std::string gateway = "gateway.networking.k8s.io", admission = "admissionregistration.k8s.io";
  return {of("argoproj.io", "v1alpha1", "Rollout", "rollouts", true, {"ro"}),
          of("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects", true, {"so"}),
          of("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors", true, {"smon"}),
          of("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", true, {"pmon"}),
          of("monitoring.coreos.com", "v1", "PrometheusRule", "prometheusrules", true, {"promrule"}),
          of(gateway, "v1", "Gateway", "gateways", true, {"gtw"}),
          of(gateway, "v1", "HTTPRoute", "httproutes"),
          of(gateway, "v1", "GatewayClass", "gatewayclasses", false, {"gc"}),
          of(gateway, "v1beta1", "ReferenceGrant", "referencegrants", true, {"refgrant"}),
          of("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", false),
          of("metrics.k8s.io", "v1beta1", "PodMetrics", "pods"),
          of(admission, "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
          of(admission, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false)};
}

const std::vector<Resource>& standing_kinds() {
  static const std::vector<Resource> kinds = [] {
    std::vector<Resource> all;
    for (const auto& type : rehearsal::builtin_types()) {
      all.push_back({type.group, type.version, type.kind, type.plural, type.singular, type.namespaced,
                     type.short_names});
    }
    for (Resource& kind : installed_kinds()) all.push_back(std::move(kind));
    return all;
  }();
  return kinds;
}

bool is_called(const Resource& resource, const std::string& wanted) {
  if (wanted == lower(resource.kind) || wanted == resource.plural || wanted == resource.singular) return true;
  if (wanted == resource.plural + "." + resource.group) return true;
  return std::find(resource.short_names.begin(), resource.short_names.end(), wanted) !=
         resource.short_names.end();
}

std::string plural_of(const std::string& singular) {
  if (singular.ends_with("s")) return singular;
  if (singular.ends_with("y")) return singular.substr(0, singular.size() - 1) + "ies";
  return singular + "s";
}

/// "widgets.example.com", or a kind with its apiVersion.
Resource guess(const std::string& wanted, const std::string& api_version) {
  const size_t dot = wanted.find('.'), slash = api_version.find('/');
  Resource resource;
  resource.singular = wanted.substr(0, dot);
  resource.kind = resource.singular;
  resource.plural = plural_of(resource.singular);
  resource.version = slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  if (resource.version.empty()) resource.version = "v1";
  if (dot != std::string::npos) resource.group = wanted.substr(dot + 1);
  if (slash != std::string::npos) resource.group = api_version.substr(0, slash);
  return resource;
}

}  // namespace

void PlannedCluster::learn_kind(const json& definition) {
  Resource resource;
  resource.group = string_at(definition, {"spec", "group"});
  resource.kind = string_at(definition, {"spec", "names", "kind"});
  resource.plural = string_at(definition, {"spec", "names", "plural"});
  resource.singular = string_at(definition, {"spec", "names", "singular"}, lower(resource.kind));
  resource.namespaced = string_at(definition, {"spec", "scope"}) == "Namespaced";
  for (const json& name : array_at(definition, {"spec", "names", "shortNames"})) {
    if (name.is_string()) resource.short_names.push_back(name.get<std::string>());
  }
  for (const json& version : array_at(definition, {"spec", "versions"})) {
    if (!bool_at(version, {"served"})) continue;
    resource.version = string_at(version, {"name"});
    defined_.push_back(resource);
  }
}

Resource PlannedCluster::resource(const std::string& kind, const std::string& api_version) {
  if (!std::exchange(discovered_, true)) {
    for (const char* path : {"/api/v1", "/apis", "/apis/GROUP/VERSION"}) {
      record_({{"type", "api"},
               {"method", "GET"},
               {"path", path},
               {"object", "discovery: which kinds there are"}});
    }
  }
  const std::string wanted = lower(kind);
  for (const std::vector<Resource>& known : {defined_, standing_kinds()}) {
    for (const Resource& resource : known) {
      if (is_called(resource, wanted) && (api_version.empty() || api_version == resource.api_version()))
        return resource;
    }
  }
  return guess(wanted, api_version);
}

}  // namespace zdt::cluster
