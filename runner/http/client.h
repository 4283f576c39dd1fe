// HTTP client: libcurl's multi interface on the event loop.
#pragma once
#include <deque>
#include <optional>

#include "host/netns.h"
#include "host/task.h"
#include "http/message.h"

namespace zdt::http {

/// TLS material in PEM. Empty ca: the system's store. insecure: no verification at all.
/// server_name  what the server's certificate must name, when that is not the host in the URL.
struct Tls {
  std::string ca_pem, client_certificate_pem, client_key_pem, server_name;
  bool insecure = false;
};

/// A body on its way to somebody who may be slower than its sender: while 256 KiB wait, the transfer stands still.
/// Belongs to one exchange; both sides on one loop.
class BodyPipe {
 public:
  explicit BodyPipe(asio::any_io_executor executor) : changed_(executor) {}
  /// The next piece; nothing at the end of the exchange, whether it succeeded or not.
  Task<std::optional<std::string>> next();

 private:
  friend class Client;
  friend struct Transfer;
  static constexpr size_t kMostWaiting = 256 << 10;
  bool offer(std::string_view piece);
  void end();

  /// Ends the pipe, if there is one, however the exchange ends.
  class End {
   public:
    explicit End(std::shared_ptr<BodyPipe> pipe) : pipe_(std::move(pipe)) {}
    ~End() {
      if (pipe_) pipe_->end();
    }
    End(const End&) = delete;
    End& operator=(const End&) = delete;

   private:
    std::shared_ptr<BodyPipe> pipe_;
  };

  Condition changed_;
  std::deque<std::string> pieces_;
  size_t waiting_ = 0;
  bool stands_still_ = false, ended_ = false;
  std::function<void()> go_on_;  // how the transfer is told that there is room
};

/// limit     of the whole exchange, zero: none (streams).   connect_limit  of the connection alone.
/// on_data   called with each piece of the body as it comes; then the response's body stays empty. Returning false ends
///           the exchange early, without an error.
/// on_headers called once before the first piece of the body.
/// pipe      when set, the body goes there, and the response's stays empty.
/// network   when set, the connection is made from inside that namespace.
struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  Tls tls;
  milliseconds limit{30'000};
  milliseconds connect_limit{5'000};
  std::function<void(long status, const Headers&)> on_headers;
  std::function<bool(std::string_view)> on_data;
  std::shared_ptr<BodyPipe> pipe;
  std::shared_ptr<host::NetworkNamespace> network;
  size_t body_limit = 64 << 20;
};

/// total  from the start of the exchange to its last byte.
struct Response {
  long status = 0;
  Headers headers;
  std::string body;
  std::chrono::microseconds total{0};
};

/// One connection pool. Must live on the loop that it was made for, and outlive its exchanges.
class Client {
 public:
  explicit Client(asio::any_io_executor executor);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Fails kEnvironment (no connection, DNS, TLS), kTimeout, kInvalid (body over its limit). Any HTTP status is success.
  Task<Result<Response>> send(Request request);

 private:
  struct Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace zdt::http
