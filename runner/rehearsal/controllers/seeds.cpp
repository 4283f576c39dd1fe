#include "rehearsal/controllers/seeds.h"

#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/gateway_status.h"
#include "rehearsal/controllers/services.h"

namespace zdt::rehearsal {
namespace {

void create_missing(Store& store, const std::string& resource, json object) {
  const auto [ns, name] = key_of(object);
  if (!store.find(resource, ns, name)) store.create(resource, std::move(object)).value();
}

json service(const std::string& ns, const std::string& name, const std::string& address, json labels,
             json ports) {
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", {{"namespace", ns}, {"name", name}, {"labels", std::move(labels)}}},
          {"spec", {{"type", "ClusterIP"}, {"clusterIP", address}, {"ports", std::move(ports)}}}};
}

json dns_slice(const std::string& address) {
  json ready = {{"ready", true}, {"serving", true}, {"terminating", false}};
  json endpoint = {{"addresses", json::array({address})}, {"conditions", std::move(ready)}};
  json udp = {{"name", "dns"}, {"port", 53}, {"protocol", "UDP"}};
  json tcp = {{"name", "dns-tcp"}, {"port", 53}, {"protocol", "TCP"}};
  return {
      {"apiVersion", "discovery.k8s.io/v1"},
      {"kind", "EndpointSlice"},
      {"metadata",
       {{"namespace", "kube-system"}, {"name", "kube-dns"}, {"labels", {{kServiceNameLabel, "kube-dns"}}}}},
      {"addressType", "IPv4"},
      {"endpoints", json::array({std::move(endpoint)})},
      {"ports", json::array({std::move(udp), std::move(tcp)})}};
}

/// The API server's own, which no selector makes (kubernetes/pkg/controlplane/reconcilers).
void create_api_endpoints(Store& store, const std::string& address) {
  json names = {{"namespace", "default"}, {"name", "kubernetes"}};
  json ports = json::array({{{"name", "https"}, {"port", 6443}, {"protocol", "TCP"}}});
  json subset = {{"addresses", json::array({{{"ip", address}}})}, {"ports", ports}};
  create_missing(store, "endpoints",
                 {{"apiVersion", "v1"},
                  {"kind", "Endpoints"},
                  {"metadata", names},
                  {"subsets", json::array({std::move(subset)})}});
  names["labels"] = {{kServiceNameLabel, "kubernetes"}};
  json endpoint = {{"addresses", json::array({address})}, {"conditions", {{"ready", true}}}};
  create_missing(store, kEndpointSlices,
                 {{"apiVersion", "discovery.k8s.io/v1"},
                  {"kind", "EndpointSlice"},
                  {"metadata", std::move(names)},
                  {"addressType", "IPv4"},
                  {"endpoints", json::array({std::move(endpoint)})},
                  {"ports", std::move(ports)}});
}

/// metrics.k8s.io, which the API server itself answers.
json metrics_service() {
  json available = {{"type", "Available"}, {"status", "True"}, {"reason", "Local"}};
  return {{"apiVersion", "apiregistration.k8s.io/v1"},
          {"kind", "APIService"},
          {"metadata", {{"name", "v1beta1.metrics.k8s.io"}}},
          {"spec", {{"group", "metrics.k8s.io"}, {"version", "v1beta1"}, {"groupPriorityMinimum", 100}, {"versionPriority", 100}}},
          {"status", {{"conditions", json::array({std::move(available)})}}}};
}

json port(const std::string& name, const std::string& protocol, int64_t number, int64_t target) {
  return {{"name", name}, {"protocol", protocol}, {"port", number}, {"targetPort", target}};
}

}  // namespace

void create_seeds(Store& store, const ControllerOptions& options) {
  for (const char* name : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    create_missing(store, "namespaces",
                   {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}});
  }
  json own_labels = {{"component", "apiserver"}, {"provider", "kubernetes"}};
  create_missing(store, "services",
                 service("default", "kubernetes", AddressRange::parse(options.service_range).value().at(1),
                         std::move(own_labels), json::array({port("https", "TCP", 443, 6443)})));
  if (!options.api_address.empty()) create_api_endpoints(store, options.api_address);
  create_missing(store, "gatewayclasses.gateway.networking.k8s.io",
                 {{"apiVersion", "gateway.networking.k8s.io/v1"},
                  {"kind", "GatewayClass"},
                  {"metadata", {{"name", kGatewayClass}}},
                  {"spec", {{"controllerName", kGatewayController}}}});
  create_missing(store, "apiservices.apiregistration.k8s.io", metrics_service());
  json dns_labels = {{"k8s-app", "kube-dns"}, {"kubernetes.io/name", "CoreDNS"}};
  json dns_ports = json::array({port("dns", "UDP", 53, 53), port("dns-tcp", "TCP", 53, 53)});
  create_missing(
      store, "services",
      service("kube-system", "kube-dns", options.dns_address, std::move(dns_labels), std::move(dns_ports)));
  create_missing(store, kEndpointSlices, dns_slice(options.dns_address));
}

}  // namespace zdt::rehearsal
