// A loop with an http::Server on it, our client, and a TLS connection that sends what a well-behaved client would not.
#pragma once
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "http/client.h"
#include "http/server.h"
#include "http/websocket.h"
#include "unit/host/on_loop.h"
#include "unit/http/certificate.h"

namespace zdt::http::testing {

using zdt::testing::on_loop;
using zdt::testing::run_until;

inline Tls test_tls() { return {.ca_pem = test_certificate().certificate}; }

class ServerWorld : public ::testing::Test {
 protected:
  void serve(Handler handler, size_t body_limit = 3 << 20, std::shared_ptr<host::NetworkNamespace> network = {},
             ServerOptions options = {}) {
    options.certificate_pem = test_certificate().certificate;
    options.key_pem = test_certificate().key;
    options.body_limit = body_limit;
    options.network = std::move(network);
    auto made = Server::listen(loop.get_executor(), std::move(options), std::move(handler));
    if (!made) throw std::runtime_error(made.error().what);
    server = std::move(*made);
  }

  Request request(std::string path, std::string method = "GET", std::string body = "") const {
    Request made;
    made.method = std::move(method);
    made.url = fmt::format("https://127.0.0.1:{}{}", server->port(), path);
    made.body = std::move(body);
    made.tls = test_tls();
    made.limit = milliseconds(3000);
    return made;
  }

  Response send(Request made) {
    auto response = on_loop(loop, client->send(std::move(made)));
    EXPECT_TRUE(response) << response.error().what;
    return response ? *response : Response{};
  }

  void TearDown() override {
    server.reset();
    client.reset();
    loop.restart();
    loop.poll();
  }

  asio::io_context loop;
  std::unique_ptr<Client> client = std::make_unique<Client>(loop.get_executor());
  std::unique_ptr<Server> server;
};

/// A TLS connection, byte by byte.
class RawConnection {
 public:
  explicit RawConnection(asio::io_context& loop) : context_(asio::ssl::context::tls_client), stream_(loop, context_) {}

  Task<void> connect(uint16_t port) {
    const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    co_await stream_.next_layer().async_connect(where, asio::use_awaitable);
    co_await stream_.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  }
  Task<void> write(std::string bytes) { co_await asio::async_write(stream_, asio::buffer(bytes), asio::use_awaitable); }

  /// Everything up to and with `end`; what came after it is kept for the next call.
  Task<std::string> read_until(std::string end) {
    const size_t size = co_await asio::async_read_until(stream_, asio::dynamic_buffer(buffer_), end, asio::use_awaitable);
    std::string part = buffer_.substr(0, size);
    buffer_.erase(0, size);
    co_return part;
  }

  /// Everything until the server closes.
  Task<std::string> read_all() {
    boost::system::error_code closed;
    co_await asio::async_read(stream_, asio::dynamic_buffer(buffer_), asio::redirect_error(asio::use_awaitable, closed));
    co_return std::exchange(buffer_, {});
  }

  /// As when the client's process is killed.
  void drop() { stream_.next_layer().close(); }

 private:
  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  std::string buffer_;
};

}  // namespace zdt::http::testing
