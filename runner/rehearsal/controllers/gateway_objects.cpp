#include "rehearsal/controllers/gateway_objects.h"

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kImage = "envoyproxy/envoy:v1.39.1";

json labels(const json& gateway) {
  return {{kGatewayNameLabel, key_of(gateway).name}, {"app.kubernetes.io/managed-by", "zdt-demo"}};
}

json metadata(const json& gateway) {
  return {{"namespace", key_of(gateway).ns},
          {"name", gateway_object_name(gateway)},
          {"labels", labels(gateway)},
          {"ownerReferences",
           json::array({controller_reference(gateway, "gateway.networking.k8s.io/v1", "Gateway")})}};
}

json probe(int64_t failures) {
  return {{"httpGet", {{"path", "/ready"}, {"port", "envoy-admin"}}},
          {"periodSeconds", 1},
          {"failureThreshold", failures}};
}

json envoy_container() {
  return {
      {"name", "envoy"},
      {"image", kImage},
      {"command", {"envoy"}},
      {"args",
       {"-c", std::string(kEnvoyFolder) + "/envoy.json", "--concurrency", "1", "--disable-hot-restart",
        "--log-level", "warning"}},
      {"ports", json::array({{{"name", "envoy-admin"}, {"containerPort", kEnvoyAdminPort}}})},
      {"startupProbe", probe(30)},
      {"readinessProbe", probe(2)},
      // Leaves the Service before it stops.
      {"lifecycle", {{"preStop", {{"sleep", {{"seconds", 5}}}}}}},
      {"resources", {{"requests", {{"cpu", "50m"}, {"memory", "64Mi"}}}}},
      {"volumeMounts", json::array({{{"name", "config"}, {"mountPath", kEnvoyFolder}, {"readOnly", true}}})}};
}

}  // namespace

std::string gateway_object_name(const json& gateway) {
  return key_of(gateway).name + "-" + string_at(gateway, {"spec", "gatewayClassName"});
}

json gateway_config_map(const json& gateway, const EnvoyFiles& files) {
  json data = json::object();
  for (const auto& [name, content] : files) data[name] = content.dump(1, ' ', false, json::error_handler_t::replace);
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", metadata(gateway)},
          {"data", std::move(data)}};
}

json gateway_deployment(const json& gateway) {
  const json selector = {{kGatewayNameLabel, key_of(gateway).name}};
  json volume = {{"name", "config"}, {"configMap", {{"name", gateway_object_name(gateway)}}}};
  json pod = {{"automountServiceAccountToken", false},
              {"containers", json::array({envoy_container()})},
              {"volumes", json::array({std::move(volume)})}};
  json strategy = {{"type", "RollingUpdate"}, {"rollingUpdate", {{"maxSurge", 1}, {"maxUnavailable", 0}}}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", metadata(gateway)},
          {"spec",
           {{"replicas", 1},
            {"selector", {{"matchLabels", selector}}},
            {"strategy", std::move(strategy)},
            {"template", {{"metadata", {{"labels", labels(gateway)}}}, {"spec", std::move(pod)}}}}}};
}

json gateway_service(const json& gateway, const std::vector<GatewayListener>& listeners) {
  json ports = json::array();
  std::set<int64_t> known;
  for (const GatewayListener& listener : listeners) {
    if (!listener.problem.empty() || !known.insert(listener.port).second) continue;
    ports.push_back({{"name", listener.name},
                     {"protocol", "TCP"},
                     {"port", listener.port},
                     {"targetPort", envoy_port(listener.port)}});
  }
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", metadata(gateway)},
          {"spec",
           {{"type", "LoadBalancer"},
            {"selector", {{kGatewayNameLabel, key_of(gateway).name}}},
            {"ports", std::move(ports)}}}};
}

}  // namespace zdt::rehearsal
