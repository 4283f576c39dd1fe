// HTTPS server on the event loop (Boost.Beast): HTTP/1.1 with keep-alive, 100-continue, chunked streams and WebSocket
// (without compression). What peers can make it hold is bounded: connections, heads, bodies, answers, and the time that
// each of them may take.
#pragma once
#include <optional>
#include <stdexcept>

#include "host/netns.h"
#include "host/task.h"
#include "http/message.h"

namespace zdt::http {

/// A WebSocket, server or client side. Messages are binary, and of at most 1 MiB: a longer one ends the connection.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual std::string protocol() const = 0;  ///< the negotiated subprotocol
  /// The next message; nothing when the peer closed.
  virtual Task<std::optional<std::string>> receive() = 0;
  virtual Task<void> send(std::string message) = 0;
  virtual Task<void> close() = 0;
};

/// Why a body is not read to its end.   status  400 (malformed), 413 (longer than its limit), 429 (the server holds too
/// many bodies at this moment).
class BodyRefused : public std::runtime_error {
 public:
  BodyRefused(int status, const std::string& why) : std::runtime_error(why), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
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
  std::string body;        ///< empty until read_body()
  Headers stream_headers;  ///< what else the head of begin_stream() says

  /// Reads the body, at most `limit` bytes and the server's own limit; does nothing when it was read before. A client
  /// that waits for "100 Continue" gets it now. Throws BodyRefused. An answer without it ends the connection.
  virtual Task<void> read_body(size_t /*limit*/ = SIZE_MAX) { co_return; }
  /// A peer that takes longer than that for a piece of a stream has gone. Zero, the default: it may take as long as it likes.
  virtual void limit_writes(milliseconds /*limit*/) {}

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
/// handler_reads_body  the handler gets a request as soon as its head is there, and calls Exchange::read_body() itself.
/// connections  at a time; beyond them the one that has waited longest for a next request is closed, or the new one.
/// bodies, answers  bytes of all requests' bodies, and of all answers, that are held at a time, those up to 64 KiB left
///           out. Beyond them a request is answered with 429.
struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  ///< 0: any free one
  std::string certificate_pem, key_pem;
  size_t body_limit = 3 << 20;  ///< as kube-apiserver's
  std::shared_ptr<host::NetworkNamespace> network = {};
  bool handler_reads_body = false;
  size_t connections = 4096;
  size_t bodies = 64 << 20, answers = 256 << 20;
};

/// Listens while it lives. A handler that throws answers 500 when nothing was sent yet. A malformed request is 400, too
/// long headers are 431, a body over its limit is 413. A TLS handshake has 10 s, a head 10 s from its first byte, a body
/// 60 s, each 256 KiB of an answer 30 s, and the next request may come 90 s later.
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
