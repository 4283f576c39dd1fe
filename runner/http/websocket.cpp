#include "http/websocket.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "base/text.h"
#include "http/websocket_stream.h"

namespace zdt::http {

namespace ws = beast::websocket;
using boost::system::error_code;

namespace {

/// The one implementation of WebSocket, for both sides.
class WebSocketStream : public WebSocket {
 public:
  using Stream = ws::stream<TlsStream, false>;  // without permessage-deflate
  WebSocketStream(std::unique_ptr<Stream> stream, std::string protocol);
  std::string protocol() const override { return protocol_; }
  Task<std::optional<std::string>> receive() override;
  Task<void> send(std::string message) override;
  Task<void> close() override;

 private:
  std::unique_ptr<Stream> stream_;
  std::string protocol_;
};

WebSocketStream::WebSocketStream(std::unique_ptr<Stream> stream, std::string protocol)
    : stream_(std::move(stream)), protocol_(std::move(protocol)) {
  stream_->binary(true);
  stream_->read_message_max(1 << 20);
}

Task<std::optional<std::string>> WebSocketStream::receive() {
  beast::flat_buffer buffer;
  error_code failure;
  co_await stream_->async_read(buffer, asio::redirect_error(asio::use_awaitable, failure));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(asio::error::operation_aborted);
  if (failure) co_return std::nullopt;
  co_return beast::buffers_to_string(buffer.data());
}

Task<void> WebSocketStream::send(std::string message) {
  co_await stream_->async_write(asio::buffer(message), asio::use_awaitable);
}

Task<void> WebSocketStream::close() {
  error_code gone_already;
  co_await stream_->async_close(ws::close_code::normal, asio::redirect_error(asio::use_awaitable, gone_already));
}

/// authority  host and port as the URL has them, for the Host field.
struct Address {
  std::string authority, host, port, target;
};

Address address_of(const std::string& url) {
  const std::string rest = url.substr(url.find("://") + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string authority = rest.substr(0, slash);
  const size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  std::string host = authority.substr(0, has_port ? colon : std::string::npos);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);  // IPv6
  return {authority, std::move(host), has_port ? authority.substr(colon + 1) : "443",
          slash == rest.size() ? "/" : rest.substr(slash)};
}

asio::ssl::context context_for(const Tls& tls) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (tls.ca_pem.empty()) {
    context.set_default_verify_paths();
  } else {
    context.add_certificate_authority(asio::buffer(tls.ca_pem));
  }
  if (!tls.client_certificate_pem.empty()) {
    context.use_certificate_chain(asio::buffer(tls.client_certificate_pem));
    context.use_private_key(asio::buffer(tls.client_key_pem), asio::ssl::context::pem);
  }
  context.set_verify_mode(tls.insecure ? asio::ssl::verify_none : asio::ssl::verify_peer);
  return context;
}

Task<std::unique_ptr<WebSocketStream::Stream>> connected(const WebSocketRequest& request, const Address& address) {
  auto executor = co_await asio::this_coro::executor;
  auto context = context_for(request.tls);
  auto stream = std::make_unique<WebSocketStream::Stream>(executor, context);
  asio::ip::tcp::resolver resolver(executor);
  auto endpoints = co_await resolver.async_resolve(address.host, address.port, asio::use_awaitable);
  auto& tcp = beast::get_lowest_layer(*stream);
  tcp.expires_after(std::chrono::seconds(10));
  co_await tcp.async_connect(endpoints, asio::use_awaitable);
  const std::string& name = request.tls.server_name.empty() ? address.host : request.tls.server_name;
  if (!request.tls.insecure) stream->next_layer().set_verify_callback(asio::ssl::host_name_verification(name));
  SSL_set_tlsext_host_name(stream->next_layer().native_handle(), name.c_str());
  co_await stream->next_layer().async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  tcp.expires_never();
  co_return stream;
}

Task<Result<std::unique_ptr<WebSocket>>> handshake(const WebSocketRequest& request) {
  const Address address = address_of(request.url);
  auto stream = co_await connected(request, address);
  stream->set_option(ws::stream_base::timeout::suggested(beast::role_type::client));
  stream->set_option(ws::stream_base::decorator([&request](ws::request_type& handshake_request) {
    for (const auto& [name, value] : request.headers.all()) handshake_request.set(name, value);
    handshake_request.set(beast::http::field::sec_websocket_protocol, join(request.protocols, ", "));
  }));
  ws::response_type answer;
  error_code failure;
  co_await stream->async_handshake(answer, address.authority, address.target,
                                   asio::redirect_error(asio::use_awaitable, failure));
  if (failure) {
    co_return Error{Code::kInvalid,
                    fmt::format("{}: {} (HTTP {}) {}", request.url, failure.message(), answer.result_int(),
                                answer.body().substr(0, 500)),
                    ""};
  }
  std::string protocol(answer[beast::http::field::sec_websocket_protocol]);
  std::unique_ptr<WebSocket> socket = std::make_unique<WebSocketStream>(std::move(stream), std::move(protocol));
  co_return std::move(socket);
}

}  // namespace

Task<std::unique_ptr<WebSocket>> websocket_on(std::unique_ptr<TlsStream> stream, const WireRequest& request,
                                              std::string protocol) {
  auto socket = std::make_unique<WebSocketStream::Stream>(std::move(*stream));
  socket->set_option(ws::stream_base::timeout::suggested(beast::role_type::server));
  socket->set_option(ws::stream_base::decorator([protocol](ws::response_type& answer) {
    if (!protocol.empty()) answer.set(beast::http::field::sec_websocket_protocol, protocol);
  }));
  co_await socket->async_accept(request, asio::use_awaitable);
  std::unique_ptr<WebSocket> accepted = std::make_unique<WebSocketStream>(std::move(socket), std::move(protocol));
  co_return std::move(accepted);
}

Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(WebSocketRequest request) {
  std::string failure;
  try {
    auto socket = co_await handshake(request);
    co_return std::move(socket);
  } catch (const boost::system::system_error& error) {
    if (is_cancellation(error)) throw;
    failure = error.what();
  }
  co_return Error{Code::kEnvironment, request.url + ": " + failure, ""};
}

}  // namespace zdt::http
