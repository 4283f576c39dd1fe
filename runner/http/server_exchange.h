// One request of a connection of the server, and its answer.
#pragma once
#include "http/server.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace zdt::http {

/// stream  the connection's; empty once a WebSocket has taken it over.
class ServerExchange : public Exchange {
 public:
  ServerExchange(const asio::any_io_executor& executor, std::unique_ptr<TlsStream>& stream, WireRequest request);

  Task<void> respond(int status, std::string content_type, std::string content, Headers extra) override;
  Task<void> begin_stream(int status, std::string content_type) override;
  Task<void> write(std::string chunk) override;
  Task<void> end_stream() override;
  bool wants_websocket() const override;
  std::vector<std::string> offered_protocols() const override;
  Task<std::unique_ptr<WebSocket>> accept_websocket(std::string protocol) override;

  /// Returns when the peer goes while we stream to it. (A handler that only waits would otherwise stay for ever: a
  /// `kubectl logs -f` of a silent container.)
  Task<void> peer_gone();

  bool answered() const { return answered_; }
  /// Whether another request may follow on the connection.
  bool keep_alive() const { return keep_alive_; }

 private:
  std::unique_ptr<TlsStream>& stream_;
  WireRequest request_;
  bool answered_ = false;
  bool keep_alive_ = false;
  bool streams_ = false;
  Condition streaming_;
};

}  // namespace zdt::http
