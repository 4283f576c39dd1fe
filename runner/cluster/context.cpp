#include "cluster/context.h"

#include "cluster/services.h"

namespace zdt::cluster {

Task<Result<bool>> Context::up() {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto version = co_await client.version();
  if (!version) co_return version.error();
  auto entered = co_await after_up(false);
  co_return entered;
}

namespace {

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
  auto object = co_await client.get(service_query(service));
  if (!object) co_return object.error();
  const json& wanted = service_port(*object, port);
  if (wanted.is_null()) {
    co_return Error{Code::kEnvironment, fmt::format("Service {} has no port {}", service, port),
                    fmt::format("kubectl get svc {}", service)};
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
                  fmt::format("make it a NodePort or LoadBalancer: kubectl patch svc {} -p "
                              "'{{\"spec\":{{\"type\":\"NodePort\"}}}}'",
                              service)};
}

}  // namespace zdt::cluster
