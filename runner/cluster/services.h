// Reading Services for the ways that lead to them.
#pragma once
#include "base/json.h"
#include "kube/client.h"

namespace zdt::cluster {

/// service  "name" or "namespace/name".
kube::Query service_query(const std::string& service);
/// The Service's TCP port of that number; null when it has none.
const json& service_port(const json& service, int port);
/// "" while there is none.
std::string load_balancer_address(const json& service);

}  // namespace zdt::cluster
