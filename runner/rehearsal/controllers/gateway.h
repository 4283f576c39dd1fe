// Gateways and their HTTPRoutes: an Envoy for each Gateway, as cloud-provider-kind makes one on a Kind
// cluster.
#pragma once
#include <map>

#include "rehearsal/controllers/controller.h"
#include "rehearsal/controllers/gateway_objects.h"

namespace zdt::rehearsal {

/// Accepts the GatewayClasses whose controllerName is ours. For each Gateway of such a class it keeps a
/// ConfigMap, a Deployment and a Service (gateway_objects.h), which go with the Gateway, and the statuses of
/// the Gateway and its routes. A changed route changes only files that the running Envoy follows. Routes to a
/// cluster that Envoy does not know yet come `kClusterLead` after the cluster, so that no request meets a
/// route without one. defaults  as ControllerOptions have them.
class GatewayController : public Controller {
 public:
  using Defaults = std::function<void(const std::string& resource, json& object)>;
  static constexpr milliseconds kClusterLead{1000};

  GatewayController(Store& store, Defaults defaults, Clock now);
  std::string_view name() const override { return "gateway"; }
  std::vector<Key> concerned(const Event& event) override;
  /// A key without a namespace is a GatewayClass.
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key& key) const override;

 private:
  bool is_ours(const json& gateway) const;
  Result<Outcome> reconcile_class(const std::string& name);
  Result<Outcome> write_files(const json& gateway, EnvoyFiles wanted);
  Result<void> write_deployment(const json& gateway);
  Result<void> write_service(const json& gateway, const std::vector<GatewayListener>& listeners);
  Result<void> write_statuses(const json& gateway, const GatewayRoutes& routes);
  Result<void> write_route_statuses(const Key& gateway, const std::vector<RouteParent>& parents);
  Result<void> put(const std::string& resource, json object);

  Store& store_;
  Defaults defaults_;
  Clock now_;
  std::map<Key, WallTime> clusters_added_;  // by Gateway: when its Envoy was last told of a new one
};

}  // namespace zdt::rehearsal
