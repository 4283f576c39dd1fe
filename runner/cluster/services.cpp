#include "cluster/services.h"

namespace zdt::cluster {

kube::Query service_query(const std::string& service) {
  const size_t slash = service.find('/');
  kube::Query query{.kind = "services"};
  if (slash != std::string::npos) query.ns = service.substr(0, slash);
  query.name = slash == std::string::npos ? service : service.substr(slash + 1);
  return query;
}

const json& service_port(const json& service, int port) {
  for (const json& entry : array_at(service, {"spec", "ports"})) {
    if (int_at(entry, {"port"}) == port && string_at(entry, {"protocol"}, "TCP") == "TCP") return entry;
  }
  return at(service, {"there is none"});
}

std::string load_balancer_address(const json& service) {
  for (const json& ingress : array_at(service, {"status", "loadBalancer", "ingress"})) {
    const std::string address = string_at(ingress, {"ip"}, string_at(ingress, {"hostname"}));
    if (!address.empty()) return address;
  }
  return "";
}

}  // namespace zdt::cluster
