#include "http/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <list>
#include <optional>

#include "host/descriptors.h"
#include "http/server_exchange.h"

namespace zdt::http {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr milliseconds kHandshakeLimit{10'000}, kHeadLimit{10'000}, kIdleLimit{90'000}, kFarewellLimit{2'000};
constexpr milliseconds kDrainLimit{1'000};
constexpr size_t kDrained = 4 << 20;

/// A connection.   idle_since  while it waits for a request: since when.
struct Session {
  Background task;
  std::optional<std::chrono::steady_clock::time_point> idle_since;
};

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor e, ServerOptions o, Handler h)
      : executor(e),
        options(std::move(o)),
        handler(std::move(h)),
        tls(asio::ssl::context::tls_server),
        acceptor(e),
        bodies(options.bodies),
        answers(options.answers) {}

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
    SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(tls.native_handle(), SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds none
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
        tell_refusal("cannot accept a connection: " + host::reason_of(failure.value()));
        close_idlest();
        co_await sleep_for(milliseconds(100));  // out of descriptors: some have to be closed first
        continue;
      }
      sessions.remove_if([](const Session& session) { return !session.task.running(); });
      if (sessions.size() >= options.connections && !close_idlest()) {
        tell_refusal(fmt::format("refused a connection: {} are open, and none of them is idle", sessions.size()));
        continue;
      }
      auto session = sessions.emplace(sessions.end());
      session->task = Background(executor, serve(self, std::move(socket), session),
                                 [](std::exception_ptr) {});  // the peer has gone
    }
  }

  /// Makes room for a new connection. False when all are at work.
  bool close_idlest() {
    auto idlest = sessions.end();
    for (auto session = sessions.begin(); session != sessions.end(); ++session) {
      if (!session->idle_since) continue;
      if (idlest == sessions.end() || *session->idle_since < *idlest->idle_since) idlest = session;
    }
    if (idlest == sessions.end()) return false;
    idlest->idle_since.reset();
    idlest->task.stop();  // it leaves the list when it has ended
    return true;
  }

  /// Once in 10 s: there may be thousands of them.
  void tell_refusal(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    if (last_told && now - *last_told < std::chrono::seconds(10)) return;
    last_told = now;
    spdlog::error("{}", what);
  }

  /// `session` stays in the list as long as this runs, and that is as long as `self` keeps the list.
  Task<void> serve([[maybe_unused]] std::shared_ptr<Impl> self, tcp::socket socket, std::list<Session>::iterator session) {
    socket.set_option(tcp::no_delay(true));
    auto stream = std::make_unique<TlsStream>(std::move(socket), tls);
    co_await accept_tls(*stream, kHandshakeLimit);
    RequestReader reader;
    bool more = true;
    while (more) more = co_await serve_one(stream, reader, session->idle_since);
    if (stream) co_await shut_down(*stream, kFarewellLimit);
  }

  /// Returns whether another request may follow on the connection.
  Task<bool> serve_one(std::unique_ptr<TlsStream>& stream, RequestReader& reader,
                       std::optional<std::chrono::steady_clock::time_point>& idle_since) {
    idle_since = std::chrono::steady_clock::now();
    const bool there = co_await read_head(*stream, reader);
    idle_since.reset();
    if (!there) co_return false;
    const ExchangeLimits limits{options.body_limit, bodies, answers};
    ServerExchange exchange(executor, stream, reader, limits);
    const std::string broken = co_await handled(exchange);
    if (!broken.empty()) {
      spdlog::error("{} {}: {}", exchange.method, exchange.target.path, broken);
      if (exchange.answered()) co_return false;
      std::string text = "internal error: " + broken;
      co_await exchange.respond(500, "text/plain", std::move(text), {});
    }
    if (stream && !exchange.body_was_read()) co_await drain(*stream, kDrainLimit, kDrained);
    if (exchange.keep_alive()) reader.begin();
    co_return exchange.keep_alive();
  }

  /// Returns whether a request is there to be handled; one that cannot be read is answered here.
  Task<bool> read_head(TlsStream& stream, RequestReader& reader) {
    allow(stream, kIdleLimit);
    std::string bytes;
    reader.take(bytes);
    bool begun = false;
    while (!reader.head_done() && !reader.refusal()) {
      // The limit is for the head as a whole, however slowly its bytes come.
      if (reader.begun() && !std::exchange(begun, true)) allow(stream, kHeadLimit);
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
    co_await write_all(stream, std::move(answer), kFarewellLimit);
    co_await drain(stream, kDrainLimit, kDrained);
  }

  Task<void> run_handler(ServerExchange& exchange) {
    int refused = 0;
    try {
      if (!options.handler_reads_body) co_await exchange.read_body(options.body_limit);
      co_await handler(exchange);
    } catch (const BodyRefused& refusal) {
      if (exchange.answered()) throw;
      refused = refusal.status();
    }
    if (refused != 0) co_await exchange.respond(refused, "text/plain", "", {});
  }

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
  Budget bodies, answers;
  std::list<Session> sessions;
  std::optional<std::chrono::steady_clock::time_point> last_told;
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
