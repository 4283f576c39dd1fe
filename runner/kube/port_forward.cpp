#include "kube/port_forward.h"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "http/websocket.h"
#include "kube/forward_target.h"

namespace zdt::kube {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

enum PortChannel : char { kPortData = 0, kPortError = 1 };

/// v4 cannot say that only one direction has ended: so long the pod may go on answering when the client has
/// said all.
constexpr std::chrono::seconds kAnswerAfterEnd{2};

/// The connection is over; ends the direction that still waits.
struct ConnectionOver : std::exception {};

/// What has come over the WebSocket, without the port's two bytes at the beginning of each channel.
class Incoming {
 public:
  /// The content of one message; "" for what is not for us.
  std::string_view content(const std::string& message) {
    if (message.size() < 2 || message[0] < 0 || message[0] > kPortError) return "";
    size_t& left = announced_[static_cast<size_t>(message[0])];
    std::string_view content = std::string_view(message).substr(1);
    const size_t skipped = std::min(left, content.size());
    left -= skipped;
    return content.substr(skipped);
  }

 private:
  std::array<size_t, 2> announced_{2, 2};
};

Task<void> send_to_pod(tcp::socket& local, http::WebSocket& pod) {
  std::array<char, 32 << 10> buffer;
  while (true) {
    error_code failure;
    const size_t size = co_await local.async_read_some(asio::buffer(buffer),
                                                       asio::redirect_error(asio::use_awaitable, failure));
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    if (failure) break;
    co_await pod.send(std::string(1, kPortData).append(buffer.data(), size));
  }
  co_await sleep_for(kAnswerAfterEnd);
  throw ConnectionOver();
}

Task<void> send_to_client(http::WebSocket& pod, tcp::socket& local, std::string name) {
  Incoming incoming;
  while (true) {
    auto message = co_await pod.receive();
    if (!message) throw ConnectionOver();
    const std::string_view content = incoming.content(*message);
    if (content.empty()) continue;
    if ((*message)[0] == kPortError) spdlog::warn("port forward to pod {}: {}", name, content);
    if ((*message)[0] == kPortError) throw ConnectionOver();
    co_await asio::async_write(local, asio::buffer(content), asio::use_awaitable);
  }
}

/// The socket listens on 127.0.0.1. Fails kEnvironment: it is taken.
Result<void> listen_on(tcp::acceptor& acceptor, uint16_t port) {
  error_code failure;
  const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
  acceptor.open(where.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(where, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (!failure) return {};
  error_code ignored;
  acceptor.close(ignored);
  return Error{Code::kEnvironment, fmt::format("127.0.0.1:{}: {}", port, failure.message()),
               fmt::format("ss -ltnp 'sport = :{}' names who has it", port)};
}

}  // namespace

struct PortForward::State {
  State(const asio::any_io_executor& executor, Connection connection, Forward f)
      : client(executor, std::move(connection)), forward(std::move(f)), acceptor(executor) {}

  Client client;
  Forward forward;
  tcp::acceptor acceptor;
  std::optional<ForwardTarget> target;
  uint16_t port = 0;

  Task<Result<void>> choose() {
    if (target) {
      const bool stays = co_await still_there(client, *target);
      if (stays) co_return Result<void>();
    }
    auto found = co_await find_forward_target(client, forward);
    if (!found) co_return found.error();
    target = *found;
    co_return Result<void>();
  }

  Task<Result<std::unique_ptr<http::WebSocket>>> connect() {
    auto chosen = co_await choose();
    if (!chosen) co_return chosen.error();
    auto link = co_await client.connect_port(target->ns, target->pod, target->port);
    if (!link) target.reset();
    co_return link;
  }

  /// The preferred port when it is free; another only when that will do.
  Result<void> listen() {
    auto listening = listen_on(acceptor, forward.local_port);
    if (!listening && !forward.only_that_port && forward.local_port != 0) listening = listen_on(acceptor, 0);
    if (listening) port = acceptor.local_endpoint().port();
    return listening;
  }

  static Task<void> serve(std::shared_ptr<State> self, tcp::socket local) {
    auto link = co_await self->connect();
    if (!link) spdlog::warn("port forward to {}: {}", self->forward.service, link.error().what);
    if (!link) co_return;
    std::vector<Task<void>> directions;
    directions.push_back(send_to_pod(local, **link));
    directions.push_back(send_to_client(**link, local, self->target ? self->target->pod : ""));
    try {
      co_await all_of(std::move(directions));
    } catch (const ConnectionOver&) {
    } catch (const boost::system::system_error& gone) {  // the client, or the API server
      if (is_cancellation(gone)) throw;
    }
    error_code gone_already;
    local.shutdown(tcp::socket::shutdown_both, gone_already);
    co_await (*link)->close();
  }

  /// The connections are this coroutine's, so that they end with it.
  static Task<void> accept_all(std::shared_ptr<State> self) {
    auto executor = co_await asio::this_coro::executor;
    std::list<Background> connections;
    while (true) {
      tcp::socket local(executor);
      error_code failure;
      co_await self->acceptor.async_accept(local, asio::redirect_error(asio::use_awaitable, failure));
      if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
      connections.remove_if([](const Background& one) { return !one.running(); });
      if (failure) co_await sleep_for(milliseconds(100));  // no descriptor left: perhaps then
      if (!failure) connections.emplace_back(executor, serve(self, std::move(local)));
    }
  }
};

PortForward::PortForward(std::shared_ptr<State> state) : state_(std::move(state)) {}
PortForward::~PortForward() { close(); }

Task<Result<std::unique_ptr<PortForward>>> PortForward::open(asio::any_io_executor executor,
                                                             Connection connection, Forward forward) {
  auto state = std::make_shared<State>(executor, std::move(connection), std::move(forward));
  std::unique_ptr<PortForward> made(new PortForward(state));
  auto chosen = co_await state->choose();
  if (!chosen) co_return chosen.error();
  auto listening = state->listen();
  if (!listening) co_return listening.error();
  made->accepting_ = Background(executor, State::accept_all(state));
  co_return std::move(made);
}

uint16_t PortForward::local_port() const { return state_->port; }
std::string PortForward::pod() const { return state_->target ? state_->target->pod : ""; }

std::string PortForward::url() const {
  return fmt::format("{}://127.0.0.1:{}", state_->target && state_->target->https ? "https" : "http",
                     state_->port);
}

void PortForward::close() {
  accepting_.stop();
  error_code closed_already;
  state_->acceptor.close(closed_already);
}

Task<Result<std::unique_ptr<http::WebSocket>>> Client::connect_port(std::string ns, std::string pod,
                                                                    uint16_t port) {
  auto ready = co_await ensure_authenticated();
  if (!ready) co_return ready.error();
  Query query{.kind = "pods", .ns = std::move(ns), .name = std::move(pod)};
  auto path = co_await path_of(std::move(query));
  if (!path) co_return path.error();
  Call call{.path = fmt::format("{}/portforward?ports={}", *path, port)};
  const http::Request plain = request_for(call);
  http::WebSocketRequest request;
  request.url = plain.url;
  request.protocols = {"v4.channel.k8s.io"};
  request.tls = plain.tls;
  const std::string authorization = plain.headers.get("Authorization");
  if (!authorization.empty()) request.headers.add("Authorization", authorization);
  auto socket = co_await http::connect_websocket(std::move(request));
  co_return std::move(socket);
}

}  // namespace zdt::kube
