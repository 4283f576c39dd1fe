#include "server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connection.h"
#include "log.h"

namespace monolith {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptRetry{50};  // after "too many open files"

tcp::acceptor open_port(asio::any_io_executor executor, const tcp::endpoint& endpoint) {
  tcp::acceptor acceptor(std::move(executor), endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor;
}

}  // namespace

Server::Server(asio::io_context& io, App& app)
    : io_(io), app_(app), strand_(io.get_executor()), acceptor_(strand_) {}

tcp::endpoint Server::listen(const std::string& address, std::uint16_t port) {
  acceptor_ = open_port(strand_, tcp::endpoint(asio::ip::make_address(address), port));
  const tcp::endpoint bound = acceptor_.local_endpoint();
  app_.lifecycle.enter_serving();
  asio::co_spawn(strand_, accept_loop(), asio::detached);
  return bound;
}

asio::awaitable<void> Server::accept_loop() {
  while (acceptor_.is_open()) {
    error_code error;
    asio::any_io_executor own_strand = asio::make_strand(io_);
    tcp::socket socket =
        co_await acceptor_.async_accept(own_strand, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (!error) {
      serve(std::move(socket));
      continue;
    }
    log_line("accept failed: " + error.message());
    asio::steady_timer retry(strand_, kAcceptRetry);
    co_await retry.async_wait(asio::use_awaitable);
  }
}

void Server::serve(tcp::socket socket) {
  auto connection = std::make_shared<Connection>(std::move(socket), app_);
  app_.connections.add(connection);
  const auto executor = connection->executor();
  asio::co_spawn(executor, Connection::run(std::move(connection)), asio::detached);
}

void Server::begin_drain() {
  app_.lifecycle.enter_draining();
  asio::post(strand_, [this] {
    close_port();
    for (const auto& connection : app_.connections.snapshot()) connection->drain();
    closed_ = true;
  });
}

void Server::close_port() {
  if (!acceptor_.is_open()) return;
  take_backlog();
  error_code ignored;
  acceptor_.close(ignored);
}

/// Closing a listener resets what is in its queue: connections whose clients hold them for established. So the queue is
/// emptied, after it was cut to one place: what comes meanwhile is not acknowledged, and tries again elsewhere.
void Server::take_backlog() {
  error_code error;
  acceptor_.listen(0, error);
  acceptor_.non_blocking(true, error);
  while (!error) {
    tcp::socket socket{asio::any_io_executor(asio::make_strand(io_))};
    acceptor_.accept(socket, error);
    if (!error) serve(std::move(socket));
  }
}

}  // namespace monolith
