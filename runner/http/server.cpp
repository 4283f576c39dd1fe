#include "http/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/http.hpp>
#include <list>

#include "base/text.h"
#include "http/websocket_stream.h"

namespace zdt::http {

namespace bh = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kIdleLimit = std::chrono::seconds(90);
constexpr size_t kHeaderLimit = 64 << 10;

class BeastExchange : public Exchange {
 public:
  BeastExchange(const asio::any_io_executor& executor, std::unique_ptr<TlsStream>& stream,
                bh::request<bh::string_body> request)
      : stream_(stream), request_(std::move(request)), streaming_(executor) {
    method = std::string(request_.method_string());
    target = parse_target({request_.target().data(), request_.target().size()});
    for (const auto& field : request_) headers.add(std::string(field.name_string()), std::string(field.value()));
    body = request_.body();
  }

  Task<void> respond(int status, std::string content_type, std::string content, Headers extra) override {
    bh::response<bh::string_body> answer(static_cast<bh::status>(status), request_.version());
    answer.set(bh::field::content_type, content_type);
    for (const auto& [name, value] : extra.all()) answer.insert(name, value);
    answer.keep_alive(request_.keep_alive());
    answer.body() = std::move(content);
    answer.prepare_payload();
    if (request_.method() == bh::verb::head) answer.body().clear();  // Content-Length stays
    answered_ = true;
    keep_alive_ = answer.keep_alive();
    co_await bh::async_write(*stream_, answer, asio::use_awaitable);
  }

  Task<void> begin_stream(int status, std::string content_type) override {
    bh::response<bh::empty_body> head(static_cast<bh::status>(status), request_.version());
    head.set(bh::field::content_type, content_type);
    head.chunked(true);
    head.keep_alive(false);
    answered_ = true;
    keep_alive_ = false;
    beast::get_lowest_layer(*stream_).expires_never();
    bh::response_serializer<bh::empty_body> serializer(head);
    co_await bh::async_write_header(*stream_, serializer, asio::use_awaitable);
    streams_ = true;
    streaming_.notify_all();
  }

  Task<void> write(std::string chunk) override {
    if (chunk.empty()) co_return;
    co_await asio::async_write(*stream_, bh::make_chunk(asio::buffer(chunk)), asio::use_awaitable);
  }

  Task<void> end_stream() override { co_await asio::async_write(*stream_, bh::make_chunk_last(), asio::use_awaitable); }

  bool wants_websocket() const override { return beast::websocket::is_upgrade(request_); }

  std::vector<std::string> offered_protocols() const override {
    std::vector<std::string> offered;
    for (const std::string& name : split(headers.get("Sec-WebSocket-Protocol"), ',')) offered.push_back(trim(name));
    return offered;
  }

  Task<std::unique_ptr<WebSocket>> accept_websocket(std::string protocol) override {
    beast::get_lowest_layer(*stream_).expires_never();
    auto socket = std::make_unique<WebSocketStream::Stream>(std::move(*stream_));
    stream_.reset();  // the connection is the WebSocket's now
    answered_ = true;
    keep_alive_ = false;
    socket->set_option(beast::websocket::stream_base::timeout::suggested(beast::role_type::server));
    socket->set_option(beast::websocket::stream_base::decorator([protocol](beast::websocket::response_type& answer) {
      if (!protocol.empty()) answer.set(bh::field::sec_websocket_protocol, protocol);
    }));
    co_await socket->async_accept(request_, asio::use_awaitable);
    std::unique_ptr<WebSocket> accepted = std::make_unique<WebSocketStream>(std::move(socket), protocol);
    co_return std::move(accepted);
  }

  /// Returns when the peer goes while we stream to it. It has nothing more to say, so its bytes are read for their end
  /// alone. (A handler that only waits would otherwise stay for ever: a `kubectl logs -f` of a silent container.)
  Task<void> peer_gone() {
    while (!streams_) co_await streaming_.wait();
    std::array<char, 1024> ignored;
    error_code ended;
    while (!ended) {
      co_await stream_->async_read_some(asio::buffer(ignored), asio::redirect_error(asio::use_awaitable, ended));
    }
  }

  bool answered() const { return answered_; }
  bool keep_alive() const { return keep_alive_; }

 private:
  std::unique_ptr<TlsStream>& stream_;
  bh::request<bh::string_body> request_;
  bool answered_ = false;
  bool keep_alive_ = false;
  bool streams_ = false;
  Condition streaming_;
};

/// What a request that cannot be read is answered with; nothing when the peer has gone.
std::optional<bh::status> refusal_of(const error_code& failure) {
  if (failure == bh::error::body_limit) return bh::status::payload_too_large;
  if (failure == bh::error::header_limit) return bh::status::request_header_fields_too_large;
  const bool malformed = failure.category() == bh::make_error_code(bh::error::bad_method).category() &&
                         failure != bh::error::end_of_stream && failure != bh::error::partial_message;
  return malformed ? std::optional(bh::status::bad_request) : std::nullopt;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor e, ServerOptions o, Handler h)
      : executor(e), options(std::move(o)), handler(std::move(h)), tls(asio::ssl::context::tls_server), acceptor(e) {}

  void prepare() {
    tls.use_certificate_chain(asio::buffer(options.certificate_pem));
    tls.use_private_key(asio::buffer(options.key_pem), asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    const tcp::endpoint where(asio::ip::make_address(options.address), options.port);
    acceptor.open(where.protocol());
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
    beast::get_lowest_layer(*stream).expires_after(std::chrono::seconds(10));
    co_await stream->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    beast::flat_buffer buffer;
    while (stream) {
      const bool more = co_await serve_one(stream, buffer);
      if (!more) break;
    }
    if (!stream) co_return;
    error_code ignored;
    beast::get_lowest_layer(*stream).expires_after(std::chrono::seconds(2));
    co_await stream->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }

  /// Returns whether another request may follow on the connection.
  Task<bool> serve_one(std::unique_ptr<TlsStream>& stream, beast::flat_buffer& buffer) {
    bh::request_parser<bh::string_body> parser;
    parser.body_limit(options.body_limit);
    parser.header_limit(kHeaderLimit);
    beast::get_lowest_layer(*stream).expires_after(kIdleLimit);
    error_code failure;
    co_await bh::async_read(*stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
      const auto refusal = refusal_of(failure);
      if (refusal) co_await refuse(stream, *refusal);
      co_return false;
    }
    beast::get_lowest_layer(*stream).expires_never();
    BeastExchange exchange(executor, stream, parser.release());
    const std::string broken = co_await handled(exchange);
    if (!broken.empty()) {
      spdlog::error("{} {}: {}", exchange.method, exchange.target.path, broken);
      if (exchange.answered()) co_return false;
      std::string text = "internal error: " + broken;
      co_await exchange.respond(500, "text/plain", std::move(text), {});
    }
    co_return exchange.keep_alive();
  }

  Task<void> refuse(std::unique_ptr<TlsStream>& stream, bh::status status) {
    bh::response<bh::empty_body> answer(status, 11);
    answer.keep_alive(false);
    answer.prepare_payload();
    co_await bh::async_write(*stream, answer, asio::use_awaitable);
  }

  Task<void> run_handler(BeastExchange& exchange) { co_await handler(exchange); }

  /// What went wrong in the handler; empty when nothing did. A peer that has gone unwinds the session instead.
  Task<std::string> handled(BeastExchange& exchange) {
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
