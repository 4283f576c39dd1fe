#include "rehearsal/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/signal_set.hpp>

#include "base/json.h"
#include "base/text.h"
#include "http/server.h"
#include "rehearsal/api/api.h"
#include "rehearsal/api/auth.h"
#include "rehearsal/api/certificates.h"
#include "rehearsal/api/defaults.h"
#include "rehearsal/api/definitions.h"
#include "rehearsal/autoscaling/trigger_poller.h"
#include "rehearsal/controllers/controllers.h"
#include "rehearsal/controllers/dns.h"
#include "rehearsal/controllers/service_proxy.h"
#include "rehearsal/host_ports.h"
#include "rehearsal/node/address_pool.h"
#include "rehearsal/node/node.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal {
namespace {

/// The parts, in the order in which they start; they end in the reverse order.
struct Cluster {
  explicit Cluster(asio::any_io_executor e) : executor(e) {}
  asio::any_io_executor executor;
  Store store;
  std::shared_ptr<host::NetworkNamespace> network;
  Certificates certificates;
  std::string token = random_token(24), account_key = random_token(32);
  std::unique_ptr<Node> node;
  std::shared_ptr<MetricReadings> readings = std::make_shared<MetricReadings>();
  std::unique_ptr<Controllers> controllers;
  std::unique_ptr<TriggerPoller> triggers;
  std::unique_ptr<ServiceProxy> proxy;
  std::unique_ptr<Dns> dns;
  std::unique_ptr<Api> api;
  std::unique_ptr<http::Server> server, inside;  ///< on this machine's loopback, and for pods
  std::unique_ptr<HostPorts> host_ports;
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
  options.folder = settings.folder + "/node";
  options.catalogue = settings.catalogue;
  options.variables = settings.variables;
  options.allow_privileged = settings.allow_privileged;
  options.account_token = [key = cluster.account_key, &store = cluster.store](const json& pod) {
    return api::pod_token(key, store, pod, std::chrono::system_clock::now());
  };
  auto node = Node::create(cluster.executor, cluster.store, std::move(options), cluster.network);
  if (!node) co_return node.error();
  cluster.node = std::move(*node);
  auto started = co_await cluster.node->start();
  co_return started;
}

/// Of the cluster's bridge, which is where pods find what is not a pod.
std::string bridge_address() { return AddressPool::parse(NodeOptions().pod_range).value().gateway(); }

void fill_defaults(const std::string& resource, json& object) {
  for (const ResourceType& type : builtin_types()) {
    if (type.resource() == resource) api::apply_defaults(type, object);
  }
}

Task<Result<void>> start_control_plane(Cluster& cluster, const ServerSettings& settings) {
  ControllerOptions options;
  options.ca_certificate = cluster.certificates.ca;
  options.api_address = bridge_address();
  options.defaults = fill_defaults;
  cluster.readings->pod_usage = [node = cluster.node.get()] { return node->pod_usage(); };
  options.readings = cluster.readings;
  cluster.controllers = std::make_unique<Controllers>(cluster.executor, cluster.store, std::move(options));
  cluster.triggers =
      std::make_unique<TriggerPoller>(cluster.executor, cluster.store, cluster.readings, cluster.network);
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

/// The same API twice: on this machine's loopback, and behind the Service default/kubernetes.
Result<void> listen(Cluster& cluster, uint16_t port) {
  const auto handle = [api = cluster.api.get()](http::Exchange& exchange) { return api->handle(exchange); };
  http::ServerOptions listening;
  listening.port = port;
  listening.certificate_pem = cluster.certificates.certificate;
  listening.key_pem = cluster.certificates.key;
  listening.handler_reads_body = true;  // when it knows the token
  http::ServerOptions inside = listening;
  inside.address = bridge_address();
  inside.port = 6443;
  inside.network = cluster.network;
  auto server = http::Server::listen(cluster.executor, std::move(listening), handle);
  if (!server) return server.error();
  cluster.server = std::move(*server);
  auto inner = http::Server::listen(cluster.executor, std::move(inside), handle);
  if (!inner) return inner.error();
  cluster.inside = std::move(*inner);
  return {};
}

Result<void> start_api(Cluster& cluster, const ServerSettings& settings) {
  ApiOptions options;
  options.token = cluster.token;
  options.account_key = cluster.account_key;
  options.network = cluster.network;
  options.allow_privileged = settings.allow_privileged;
  seed(cluster.store);
  auto acted_on = install_definitions(cluster.store, settings.definitions);
  if (!acted_on) return acted_on.error();
  options.acted_on = std::move(*acted_on);
  cluster.api = std::make_unique<Api>(cluster.store, *cluster.node, std::move(options));
  cluster.host_ports = std::make_unique<HostPorts>(cluster.executor, cluster.store, cluster.network);
  return listen(cluster, settings.port);
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
