#include "cluster/context.h"

#include "base/json.h"
#include "kube/client.h"

namespace zdt::cluster {

Task<Result<bool>> Context::up() {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto version = co_await client.version();
  if (!version) co_return version.error();
  co_return false;
}

namespace {

std::string load_balancer_address(const json& service) {
  for (const json& ingress : array_at(service, {"status", "loadBalancer", "ingress"})) {
    const std::string address = string_at(ingress, {"ip"}, string_at(ingress, {"hostname"}));
    if (!address.empty()) return address;
  }
  return "";
}

/// The Service's TCP port of that number; null when it has none.
const json& port_of(const json& service, int port) {
  for (const json& entry : array_at(service, {"spec", "ports"})) {
    if (int_at(entry, {"port"}) == port && string_at(entry, {"protocol"}, "TCP") == "TCP") return entry;
  }
  return at(service, {"there is none"});
}

std::string internal_ip(const json& nodes) {
  for (const json& node : array_at(nodes, {"items"})) {
    for (const json& address : array_at(node, {"status", "addresses"})) {
      if (string_at(address, {"type"}) == "InternalIP") return string_at(address, {"address"});
    }
  }
  return "";
}

}  // namespace

Task<Result<Entrance>> Context::entrance(std::string service, int port) {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  const size_t slash = service.find('/');
  kube::Query query{.kind = "services",
                    .ns = slash == std::string::npos ? "" : service.substr(0, slash),
                    .name = slash == std::string::npos ? service : service.substr(slash + 1)};
  auto object = co_await client.get(std::move(query));
  if (!object) co_return object.error();
  const json& wanted = port_of(*object, port);
  if (wanted.is_null()) {
    co_return Error{Code::kEnvironment, fmt::format("Service {} has no port {}", service, port), fmt::format("kubectl get svc {}", service)};
  }
  const std::string balancer = load_balancer_address(*object);
  if (!balancer.empty()) co_return Entrance{fmt::format("http://{}:{}", balancer, port), ""};
  const int64_t published = int_at(wanted, {"nodePort"});
  kube::Query all_nodes{.kind = "nodes"};
  auto nodes = co_await client.list(std::move(all_nodes));
  const std::string node = nodes ? internal_ip(*nodes) : "";
  if (published > 0 && !node.empty()) co_return Entrance{fmt::format("http://{}:{}", node, published), ""};
  co_return Error{Code::kEnvironment,
                  fmt::format("nothing outside the cluster leads to Service {} port {}", service, port),
                  fmt::format("make it a NodePort or LoadBalancer: kubectl patch svc {} -p '{{\"spec\":{{\"type\":\"NodePort\"}}}}'", service)};
}

}  // namespace zdt::cluster
