// One request of a connection of the server, and its answer.
#pragma once
#include "http/budget.h"
#include "http/server.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace zdt::http {

/// What one exchange may take of what all of them have.
struct ExchangeLimits {
  size_t body_limit;
  Budget& bodies;
  Budget& answers;
};

/// stream  the connection's; empty once a WebSocket has taken it over.   reader  has the request's head.
class ServerExchange : public Exchange {
 public:
  ServerExchange(const asio::any_io_executor& executor, std::unique_ptr<TlsStream>& stream, RequestReader& reader,
                 const ExchangeLimits& limits);

  Task<void> read_body(size_t limit) override;
  void limit_writes(milliseconds limit) override { stream_limit_ = limit; }
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
  /// Whether the peer may still be sending.
  bool body_was_read() const { return reader_.done(); }

 private:
  std::string answer_of(int status, const Headers& fields, std::string content);

  std::unique_ptr<TlsStream>& stream_;
  RequestReader& reader_;
  const WireRequest request_;  // without its body
  size_t body_limit_;
  bool body_is_there_ = false;
  Budget::Share body_share_;
  Budget& answers_;
  Budget::Share answer_share_;
  milliseconds stream_limit_{0};
  bool answered_ = false;
  bool keep_alive_ = false;
  bool streams_ = false;
  Condition streaming_;
};

}  // namespace zdt::http
