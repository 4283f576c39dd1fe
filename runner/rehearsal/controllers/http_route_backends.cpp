// Where the rules of an HTTPRoute send requests to.
#include "rehearsal/controllers/http_route.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

bool names(const json& entry, std::string_view group, std::string_view kind) {
  return string_at(entry, {"group"}) == group && string_at(entry, {"kind"}) == kind;
}

bool grants(const json& grant, const std::string& from_namespace, const std::string& service) {
  bool from = false, to = false;
  for (const json& each : array_at(grant, {"spec", "from"})) {
    from =
        from || (names(each, kGatewayGroup, "HTTPRoute") && string_at(each, {"namespace"}) == from_namespace);
  }
  for (const json& each : array_at(grant, {"spec", "to"})) {
    to = to || (names(each, "", "Service") && string_at(each, {"name"}, service) == service);
  }
  return from && to;
}

/// https://gateway-api.sigs.k8s.io/api-types/referencegrant/
bool may_refer(const Store& store, const std::string& from_namespace, const Key& service) {
  if (from_namespace == service.ns) return true;
  for (const ObjectPtr& grant : store.list(kReferenceGrants, service.ns)) {
    if (grants(*grant, from_namespace, service.name)) return true;
  }
  return false;
}

bool has_port(const json& service, int64_t number) {
  for (const json& port : array_at(service, {"spec", "ports"})) {
    if (int32_at(port, {"port"}) == number) return true;
  }
  return false;
}

Backend unusable(Backend backend, std::string reason, std::string message) {
  backend.reason = std::move(reason);
  backend.message = std::move(message);
  return backend;
}

}  // namespace

Backend backend_of(const Store& store, const json& route, const json& reference) {
  Backend backend;
  backend.weight = int32_at(reference, {"weight"}, 1);
  backend.port = int32_at(reference, {"port"});
  const std::string own = key_of(route).ns;
  const Key target{string_at(reference, {"namespace"}, own), string_at(reference, {"name"})};
  const std::string kind = string_at(reference, {"kind"}, "Service");
  if (kind != "Service" || !string_at(reference, {"group"}).empty())
    return unusable(backend, "InvalidKind", fmt::format("backends of kind {} are not supported", kind));
  if (!may_refer(store, own, target)) {
    return unusable(backend, "RefNotPermitted",
                    fmt::format("no ReferenceGrant in {} lets HTTPRoutes of {} refer to Service {}",
                                target.ns, own, target.name));
  }
  const ObjectPtr service = store.find("services", target.ns, target.name);
  backend.address = service ? string_at(*service, {"spec", "clusterIP"}) : "";
  if (!service || !has_port(*service, backend.port)) {
    return unusable(
        backend, "BackendNotFound",
        fmt::format("Service {}/{} with port {} not found", target.ns, target.name, backend.port));
  }
  const auto address = Ipv4::parse(backend.address);
  if (!address || backend.port < 1 || backend.port > 65535)
    return unusable(backend, "UnsupportedProtocol",
                    fmt::format("Service {}/{} has no cluster IP", target.ns, target.name));
  backend.cluster = fmt::format("{}/{}/{}", target.ns, target.name, backend.port);
  return backend;
}

std::vector<Backend> backends_of(const Store& store, const json& route) {
  std::vector<Backend> all;
  for (const json& rule : array_at(route, {"spec", "rules"})) {
    for (const json& reference : array_at(rule, {"backendRefs"}))
      all.push_back(backend_of(store, route, reference));
  }
  return all;
}

}  // namespace zdt::rehearsal
