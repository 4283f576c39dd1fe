// HTTP client: libcurl's multi interface on the event loop.
#pragma once
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

/// limit     of the whole exchange, zero: none (streams).   connect_limit  of the connection alone.
/// on_data   called with each piece of the body as it comes; then the response's body stays empty. Returning false ends
///           the exchange early, without an error.
/// on_headers called once before the first piece of the body.
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
