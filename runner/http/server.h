// HTTPS server on the event loop (Boost.Beast): HTTP/1.1 with keep-alive, 100-continue, chunked streams and WebSocket
// (without compression).
#pragma once
#include <optional>

#include "host/netns.h"
#include "host/task.h"
#include "http/message.h"

namespace zdt::http {

/// A WebSocket, server or client side. Messages are binary.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual std::string protocol() const = 0;  ///< the negotiated subprotocol
  /// The next message; nothing when the peer closed.
  virtual Task<std::optional<std::string>> receive() = 0;
  virtual Task<void> send(std::string message) = 0;
  virtual Task<void> close() = 0;
};

/// One request and the means to answer it. Exactly one of respond(), begin_stream()…end_stream() and
/// accept_websocket() is used. Writing to a peer that has gone throws, which unwinds the handler; between begin_stream()
/// and end_stream() it is unwound (cancelled) as soon as the peer goes, also while it waits for something else.
class Exchange {
 public:
  virtual ~Exchange() = default;
  std::string method;
  Target target;
  Headers headers;
  std::string body;

  virtual Task<void> respond(int status, std::string content_type, std::string content, Headers extra = {}) = 0;
  virtual Task<void> begin_stream(int status, std::string content_type) = 0;
  virtual Task<void> write(std::string chunk) = 0;
  virtual Task<void> end_stream() = 0;
  /// Whether the request asks for a WebSocket; accept with one of the offered subprotocols.
  virtual bool wants_websocket() const = 0;
  virtual std::vector<std::string> offered_protocols() const = 0;
  virtual Task<std::unique_ptr<WebSocket>> accept_websocket(std::string protocol) = 0;
};

using Handler = std::function<Task<void>(Exchange&)>;

/// network  when set, the port is one of that namespace.
struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  ///< 0: any free one
  std::string certificate_pem, key_pem;
  size_t body_limit = 3 << 20;  ///< as kube-apiserver's
  std::shared_ptr<host::NetworkNamespace> network = {};
};

/// Listens while it lives. A handler that throws answers 500 when nothing was sent yet. A malformed request is 400, too
/// long headers are 431, a body over its limit is 413.
class Server {
 public:
  /// Fails kEnvironment: the port is taken.
  static Result<std::unique_ptr<Server>> listen(asio::any_io_executor executor, ServerOptions options, Handler handler);
  ~Server();
  uint16_t port() const;

 private:
  struct Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace zdt::http
