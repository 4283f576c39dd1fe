// Writes the EndpointSlices and Endpoints of Services with a selector.
#pragma once
#include "rehearsal/controllers/endpoint_set.h"

namespace zdt::rehearsal {

inline constexpr const char* kEndpointSlices = "endpointslices.discovery.k8s.io";
inline constexpr const char* kServiceNameLabel = "kubernetes.io/service-name";

/// At once after each change of a pod: what is late in a cluster is the proxy. Slices are named `<service>-<5
/// letters>` and belong to the Service; a Service without selector is left alone. After
/// kubernetes/pkg/controller/endpointslice and .../endpoint.
class EndpointController : public Controller {
 public:
  explicit EndpointController(Store& store);
  std::string_view name() const override { return "endpoints"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "services"; }

 private:
  std::vector<ObjectPtr> own_slices(const Key& key) const;
  Result<void> write_slices(const json& service, std::vector<EndpointGroup> groups);
  Result<void> write_slice(const json& service, const ObjectPtr& slice, EndpointGroup group);
  Result<void> write_endpoints(const json& service, json subsets);
  Result<void> remove_all(const Key& key);

  Store& store_;
};

}  // namespace zdt::rehearsal
