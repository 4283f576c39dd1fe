#include "rehearsal/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/signal_set.hpp>

#include "base/json.h"
#include "base/text.h"
#include "http/server.h"
#include "rehearsal/api/api.h"
#include "rehearsal/api/certificates.h"
#include "rehearsal/controllers/controllers.h"
#include "rehearsal/controllers/dns.h"
#include "rehearsal/controllers/service_proxy.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kNodeName = "zero-downtime-worker";

/// The parts, in the order in which they start; they end in the reverse order.
struct Cluster {
  explicit Cluster(asio::any_io_executor e) : executor(e) {}
  asio::any_io_executor executor;
  Store store;
  std::shared_ptr<host::NetworkNamespace> network;
  Certificates certificates;
  std::string token = random_token(24);
  std::unique_ptr<Node> node;
  std::unique_ptr<Controllers> controllers;
  std::unique_ptr<ServiceProxy> proxy;
  std::unique_ptr<Dns> dns;
  std::unique_ptr<Api> api;
  std::unique_ptr<http::Server> server;
};

Result<void> make_foundations(Cluster& cluster) {
  auto network = host::NetworkNamespace::create();
  if (!network) return network.error();
  cluster.network = *network;
  auto certificates = make_certificates();
  if (!certificates) return certificates.error();
  cluster.certificates = std::move(*certificates);
  return {};
}

/// The node makes the bridge that DNS and the Services' rules rest on, so it comes before them.
Task<Result<void>> start_node(Cluster& cluster, const ServerSettings& settings) {
  NodeOptions options;
  options.name = kNodeName;
  options.folder = settings.folder + "/node";
  options.catalogue = settings.catalogue;
  options.variables = settings.variables;
  auto node = Node::create(cluster.executor, cluster.store, std::move(options), cluster.network);
  if (!node) co_return node.error();
  cluster.node = std::move(*node);
  auto started = co_await cluster.node->start();
  co_return started;
}

Task<Result<void>> start_control_plane(Cluster& cluster, const ServerSettings& settings) {
  ControllerOptions options;
  options.node_name = kNodeName;
  options.ca_certificate = cluster.certificates.ca;
  cluster.controllers = std::make_unique<Controllers>(cluster.executor, cluster.store, std::move(options));
  auto apply = ServiceProxy::nftables_in(cluster.network);
  if (!apply) co_return apply.error();
  ProxyOptions proxy;
  proxy.sync_delay = settings.sync_delay;
  cluster.proxy = std::make_unique<ServiceProxy>(cluster.executor, cluster.store, std::move(*apply), proxy);
  DnsOptions dns_options;
  dns_options.folder = settings.folder + "/dns";
  auto dns = co_await Dns::start(cluster.executor, cluster.store, cluster.network, std::move(dns_options));
  if (!dns) co_return dns.error();
  cluster.dns = std::move(*dns);
  co_return Result<void>();
}

Result<void> start_api(Cluster& cluster, const ServerSettings& settings) {
  ApiOptions options;
  options.token = cluster.token;
  seed(cluster.store);
  cluster.api = std::make_unique<Api>(cluster.store, *cluster.node, std::move(options));
  http::ServerOptions listening;
  listening.port = settings.port;
  listening.certificate_pem = cluster.certificates.certificate;
  listening.key_pem = cluster.certificates.key;
  auto server = http::Server::listen(cluster.executor, std::move(listening),
                                     [api = cluster.api.get()](http::Exchange& exchange) { return api->handle(exchange); });
  if (!server) return server.error();
  cluster.server = std::move(*server);
  return {};
}

/// What others need to find the cluster: the kubeconfig, then ready.json, whose presence says that all is there.
Result<void> publish(const Cluster& cluster, const ServerSettings& settings) {
  const uint16_t port = cluster.server->port();
  const std::string address = fmt::format("https://127.0.0.1:{}", port);
  auto written = host::write_file(settings.folder + "/kubeconfig",
                                  kubeconfig("rehearsal", address, cluster.certificates.ca, cluster.token));
  if (!written) return written;
  const json ready{{"port", port}, {"network_fd", cluster.network->fd()}};
  return host::write_file(settings.folder + "/ready.json", ready.dump());
}

Task<Result<void>> start_all(Cluster& cluster, const ServerSettings& settings) {
  auto founded = make_foundations(cluster);
  if (!founded) co_return founded;
  auto node = co_await start_node(cluster, settings);
  if (!node) co_return node;
  auto plane = co_await start_control_plane(cluster, settings);
  if (!plane) co_return plane;
  auto api = start_api(cluster, settings);
  if (!api) co_return api;
  co_return publish(cluster, settings);
}

}  // namespace

Task<Result<void>> serve(ServerSettings settings, std::function<void()> on_ready) {
  auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGTERM, SIGINT);
  Cluster cluster(executor);
  auto started = co_await start_all(cluster, settings);
  if (!started) co_return started;
  spdlog::info("serving on 127.0.0.1:{}", cluster.server->port());
  on_ready();
  co_await signals.async_wait(asio::use_awaitable);
  spdlog::info("stopping");
  co_return Result<void>();
}

}  // namespace zdt::rehearsal
