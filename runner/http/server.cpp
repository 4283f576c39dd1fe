#include "http/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <list>

#include "http/server_exchange.h"

namespace zdt::http {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr milliseconds kHandshakeLimit{10'000}, kIdleLimit{90'000}, kFarewellLimit{2'000};

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor e, ServerOptions o, Handler h)
      : executor(e), options(std::move(o)), handler(std::move(h)), tls(asio::ssl::context::tls_server), acceptor(e) {}

  void open_acceptor(const tcp& protocol) {
    if (!options.network) return void(acceptor.open(protocol));
    const int made = options.network->make_socket(protocol.family(), SOCK_STREAM, 0);
    if (made < 0) throw boost::system::system_error(errno, boost::system::system_category());
    acceptor.assign(protocol, made);
  }

  void prepare() {
    tls.use_certificate_chain(asio::buffer(options.certificate_pem));
    tls.use_private_key(asio::buffer(options.key_pem), asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    const tcp::endpoint where(asio::ip::make_address(options.address), options.port);
    open_acceptor(where.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(where);
    acceptor.listen();
    port = acceptor.local_endpoint().port();
  }

  /// `self` is a parameter, because the server may have ended before this starts.
  Task<void> accept_forever(std::shared_ptr<Impl> self) {
    while (true) {
      tcp::socket socket(executor);
      error_code failure;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failure));
      if (!acceptor.is_open()) co_return;
      if (failure) {
        spdlog::error("cannot accept a connection: {}", failure.message());
        co_await sleep_for(milliseconds(100));  // out of descriptors: some have to be closed first
        continue;
      }
      auto connection = sessions.emplace(sessions.end());
      *connection = Background(executor, serve(self, std::move(socket)), [](std::exception_ptr) {});  // the peer has gone
      sessions.remove_if([](const Background& session) { return !session.running(); });
    }
  }

  Task<void> serve([[maybe_unused]] std::shared_ptr<Impl> self, tcp::socket socket) {
    socket.set_option(tcp::no_delay(true));
    auto stream = std::make_unique<TlsStream>(std::move(socket), tls);
    co_await accept_tls(*stream, kHandshakeLimit);
    RequestReader reader(options.body_limit);
    bool more = true;
    while (more) more = co_await serve_one(stream, reader);
    if (stream) co_await shut_down(*stream, kFarewellLimit);
  }

  /// Returns whether another request may follow on the connection.
  Task<bool> serve_one(std::unique_ptr<TlsStream>& stream, RequestReader& reader) {
    const bool there = co_await read_request(*stream, reader);
    if (!there) co_return false;
    ServerExchange exchange(executor, stream, reader.next());
    const std::string broken = co_await handled(exchange);
    if (!broken.empty()) {
      spdlog::error("{} {}: {}", exchange.method, exchange.target.path, broken);
      if (exchange.answered()) co_return false;
      std::string text = "internal error: " + broken;
      co_await exchange.respond(500, "text/plain", std::move(text), {});
    }
    co_return exchange.keep_alive();
  }

  /// Returns whether a request is there to be handled; one that cannot be read is answered here.
  Task<bool> read_request(TlsStream& stream, RequestReader& reader) {
    allow(stream, kIdleLimit);
    std::string bytes;
    reader.take(bytes);
    while (!reader.done() && !reader.refusal()) {
      if (reader.wants_continue()) {
        std::string go_on(kContinue);
        co_await write_all(stream, std::move(go_on));
      }
      bytes = co_await read_some(stream);
      if (bytes.empty()) co_return false;  // the peer has gone
      reader.take(bytes);
    }
    if (reader.refusal()) co_await refuse(stream, *reader.refusal());
    allow(stream, milliseconds(0));
    co_return !reader.refusal();
  }

  Task<void> refuse(TlsStream& stream, int status) {
    Headers fields;
    fields.add("Content-Length", "0");
    std::string answer = answer_head(11, status, fields, false);
    co_await write_all(stream, std::move(answer));
  }

  Task<void> run_handler(ServerExchange& exchange) { co_await handler(exchange); }

  /// What went wrong in the handler; empty when nothing did. A peer that has gone unwinds the session instead.
  Task<std::string> handled(ServerExchange& exchange) {
    auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, run_handler(exchange), asio::deferred),
                                                         asio::co_spawn(executor, exchange.peer_gone(), asio::deferred));
    auto [order, failure, ignored] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 1) throw boost::system::system_error(asio::error::connection_reset);
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (exchange.answered() || is_cancellation(error)) throw;
      co_return std::string(error.what());
    } catch (const std::exception& error) {
      co_return std::string(error.what());
    }
    co_return exchange.answered() ? std::string() : std::string("the handler did not answer");
  }

  asio::any_io_executor executor;
  ServerOptions options;
  Handler handler;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
  uint16_t port = 0;
  std::list<Background> sessions;
  Background accepting;
};

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->accepting.stop();
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->sessions.clear();
}

uint16_t Server::port() const { return impl_->port; }

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, ServerOptions options, Handler handler) {
  const std::string where = fmt::format("{}:{}", options.address, options.port);
  auto impl = std::make_shared<Impl>(executor, std::move(options), std::move(handler));
  try {
    impl->prepare();
  } catch (const boost::system::system_error& error) {
    return Error{Code::kEnvironment, fmt::format("cannot listen on {}: {}", where, error.code().message()), ""};
  }
  impl->accepting = Background(executor, impl->accept_forever(impl));
  return std::unique_ptr<Server>(new Server(impl));
}

}  // namespace zdt::http
