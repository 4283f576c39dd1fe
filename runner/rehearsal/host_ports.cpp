#include "rehearsal/host_ports.h"

#include <spdlog/spdlog.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <set>

#include "base/guard.h"

namespace zdt::rehearsal {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr const char* kAnnotation = "rehearsal.zdt.dev/host-port-";

/// Copies until `from` ends, then ends `to`'s other half. Either one's failure ends both.
Task<void> copy(tcp::socket& from, tcp::socket& to) {
  std::vector<char> block(16 << 10);
  error_code failure;
  while (true) {
    const size_t size = co_await from.async_read_some(asio::buffer(block),
                                                      asio::redirect_error(asio::use_awaitable, failure));
    if (failure) break;
    co_await asio::async_write(to, asio::buffer(block.data(), size), asio::use_awaitable);
  }
  if (failure != asio::error::eof) throw boost::system::system_error(failure);
  to.shutdown(tcp::socket::shutdown_send, failure);
}

Task<void> pipe(tcp::socket client, tcp::endpoint service, std::shared_ptr<host::NetworkNamespace> network) {
  tcp::socket inside(co_await asio::this_coro::executor);
  const int made = network->make_socket(AF_INET, SOCK_STREAM, 0);
  if (made < 0) throw boost::system::system_error(errno, boost::system::system_category());
  inside.assign(tcp::v4(), made);
  co_await inside.async_connect(service, asio::use_awaitable);
  std::vector<Task<void>> directions;
  directions.push_back(copy(client, inside));
  directions.push_back(copy(inside, client));
  co_await all_of(std::move(directions));
}

std::string port_name(const json& port) {
  return string_at(port, {"name"}, std::to_string(int_at(port, {"port"})));
}

/// Of type LoadBalancer, with an address where something can answer.
bool is_balanced(const json& service) {
  return string_at(service, {"spec", "type"}) == "LoadBalancer" && ipv4_at(service, {"spec", "clusterIP"});
}

void note_faults(const json& service, LeftOutList left_out) {
  const std::string address = string_at(service, {"spec", "clusterIP"});
  if (string_at(service, {"spec", "type"}) != "LoadBalancer" || address.empty() || address == "None") return;
  if (!is_balanced(service))
    return leave_out(left_out, "services", service, "the clusterIP is no IPv4 address: no host port leads there");
  for (const json& port : array_at(service, {"spec", "ports"})) {
    if (string_at(port, {"protocol"}, "TCP") == "TCP" && !port_at(port, {"port"}))
      leave_out(left_out, "services", service, "a port is none from 1 to 65535: no host port leads there");
  }
}

/// The TCP ports that a Service is reached at, those that are none left out.
std::vector<std::pair<json, uint16_t>> tcp_ports(const json& service) {
  std::vector<std::pair<json, uint16_t>> ports;
  for (const json& port : array_at(service, {"spec", "ports"})) {
    const auto number = port_at(port, {"port"});
    if (number && string_at(port, {"protocol"}, "TCP") == "TCP") ports.emplace_back(port, *number);
  }
  return ports;
}

}  // namespace

/// One listening port and its connections.
class HostPorts::Port : public std::enable_shared_from_this<HostPorts::Port> {
 public:
  Port(asio::any_io_executor executor, tcp::endpoint service, std::shared_ptr<host::NetworkNamespace> network)
      : executor_(executor), acceptor_(executor), service_(service), network_(std::move(network)) {}

  error_code open(uint16_t number) {
    error_code failure;
    acceptor_.open(tcp::v4(), failure);
    if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.bind({asio::ip::address_v4::loopback(), number}, failure);
    if (!failure) acceptor_.listen(tcp::acceptor::max_listen_connections, failure);
    if (failure) acceptor_.close();
    return failure;
  }
  void begin() { accepting_ = Background(executor_, accept(shared_from_this())); }
  void end() {
    accepting_.stop();
    error_code ignored;
    acceptor_.close(ignored);
    connections_.clear();
  }
  uint16_t number() const { return acceptor_.local_endpoint().port(); }

 private:
  /// `self`: the cancellation reaches the acceptor in a later turn of the loop, and must find it there.
  Task<void> accept([[maybe_unused]] std::shared_ptr<Port> self) {
    while (true) {
      error_code failure;
      tcp::socket client =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure));
      if (failure == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
      if (failure) {
        spdlog::error("cannot accept a connection for a Service: {}", failure.message());
        co_await sleep_for(milliseconds(100));  // out of descriptors: some have to be closed first
        continue;
      }
      auto connection = connections_.emplace(connections_.end());
      // Whoever goes first takes the other with it; neither is our failure.
      *connection =
          Background(executor_, pipe(std::move(client), service_, network_), [](std::exception_ptr) {});
      connections_.remove_if([](const Background& each) { return !each.running(); });
    }
  }

  asio::any_io_executor executor_;
  tcp::acceptor acceptor_;
  tcp::endpoint service_;
  std::shared_ptr<host::NetworkNamespace> network_;
  std::list<Background> connections_;
  Background accepting_;
};

HostPorts::HostPorts(asio::any_io_executor executor, Store& store,
                     std::shared_ptr<host::NetworkNamespace> network)
    : executor_(executor), store_(store), network_(std::move(network)), events_(store, "host-ports") {
  changes_ = store_.subscribe([this](const Event& event) {
    if (event.resource == "services") schedule();
  });
  schedule();
}

HostPorts::~HostPorts() = default;

/// The store must not change while it tells of a change.
void HostPorts::schedule() {
  if (std::exchange(scheduled_, true)) return;
  asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) guarded("host ports", [this] { sync(); });
  });
}

void HostPorts::sync() {
  scheduled_ = false;
  std::set<Place> wanted;
  std::vector<LeftOut> left_out;
  for (const ObjectPtr& service : store_.list("services")) {
    guarded("the host ports of a Service", [&] { publish(*service); });
    note_faults(*service, &left_out);
    if (!is_balanced(*service)) continue;
    for (const auto& [port, number] : tcp_ports(*service))
      wanted.emplace(string_at(*service, {"metadata", "uid"}), number);
  }
  std::erase_if(ports_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  events_.tell(left_out);
}

/// Annotation -> address of each of the Service's ports, opened where they are not yet.
std::map<std::string, std::string> HostPorts::addresses_of(const json& service) {
  std::map<std::string, std::string> addresses;
  if (!is_balanced(service)) return addresses;
  const auto address = ipv4_at(service, {"spec", "clusterIP"});
  for (const auto& [port, own] : tcp_ports(service)) {
    const Place place{string_at(service, {"metadata", "uid"}), own};
    const uint16_t number = listen(place, *address);
    if (number != 0) addresses[kAnnotation + port_name(port)] = fmt::format("127.0.0.1:{}", number);
  }
  return addresses;
}

/// Writes where the Service's ports are. One that has none now, and had none before, stays as it is.
void HostPorts::publish(const json& service) {
  const auto addresses = addresses_of(service);
  bool had = false;
  for (const auto& [name, value] : object_at(service, {"metadata", "annotations"}).items()) {
    had = had || name.starts_with(kAnnotation);
  }
  if (addresses.empty() && !had) return;
  const auto written = store_.modify(
      "services", string_at(service, {"metadata", "namespace"}), string_at(service, {"metadata", "name"}),
      [&](json& changed) {
        json& annotations = changed["metadata"]["annotations"];
        if (!annotations.is_object()) annotations = json::object();
        for (auto entry = annotations.begin(); entry != annotations.end();) {
          const bool stale = entry.key().starts_with(kAnnotation) && !addresses.contains(entry.key());
          entry = stale ? annotations.erase(entry) : std::next(entry);
        }
        for (const auto& [name, value] : addresses) annotations[name] = value;
        if (!changed["status"].is_object()) changed["status"] = json::object();
        json ingress = json::array({{{"ip", string_at(changed, {"spec", "clusterIP"})}, {"ipMode", "VIP"}}});
        changed["status"]["loadBalancer"] = json::object();
        if (!addresses.empty()) changed["status"]["loadBalancer"]["ingress"] = std::move(ingress);
      });
  if (!written) spdlog::error("cannot write the host ports of a Service: {}", written.error().what);
}

uint16_t HostPorts::listen(const Place& place, Ipv4 address) {
  if (const auto known = ports_.find(place); known != ports_.end()) return known->second->number();
  const tcp::endpoint service(asio::ip::address_v4(address.value()), place.second);
  auto port = std::make_shared<Port>(executor_, service, network_);
  const int wanted = place.second < 1024 ? place.second + 8000 : place.second;  // those are the machine's own
  error_code failure = port->open(static_cast<uint16_t>(wanted));
  if (failure) failure = port->open(0);
  if (failure) {
    spdlog::error("cannot listen on 127.0.0.1 for port {} of a Service: {}", place.second, failure.message());
    return 0;
  }
  port->begin();
  std::shared_ptr<Port> handle(port.get(), [port](Port*) { port->end(); });
  return ports_.emplace(place, std::move(handle)).first->second->number();
}

}  // namespace zdt::rehearsal
