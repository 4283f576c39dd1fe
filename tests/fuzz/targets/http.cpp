// Bytes on a TLS connection to http::Server, and frames on its WebSockets.
#include <atomic>
#include <mutex>
#include <thread>

#include "fuzz/targets/targets.h"
#include "http/server.h"
#include "raw/client.h"
#include "unit/http/certificate.h"

namespace zdt::fuzz {
namespace {

using std::chrono::milliseconds;

Task<void> echo(http::Exchange& exchange) {
  auto socket = co_await exchange.accept_websocket("v4.channel.k8s.io");
  while (true) {
    auto message = co_await socket->receive();
    if (!message) break;
    co_await socket->send(std::move(*message));
  }
}

/// Uses everything that an exchange has.
Task<void> handle(http::Exchange& exchange) {
  if (exchange.wants_websocket()) {
    (void)exchange.offered_protocols();
    co_await echo(exchange);
    co_return;
  }
  co_await exchange.read_body();
  const bool stream = exchange.target.has("watch");
  const std::string said =
      exchange.method + " " + exchange.target.path + " " + std::to_string(exchange.body.size());
  if (!stream) {
    co_await exchange.respond(200, "text/plain", said);
    co_return;
  }
  co_await exchange.begin_stream(200, "text/plain");
  co_await exchange.write(said);
  co_await exchange.end_stream();
}

/// The server, on a loop and a thread of its own.
class Served {
 public:
  Served() {
    http::ServerOptions options;
    options.certificate_pem = http::testing::test_certificate().certificate;
    options.key_pem = http::testing::test_certificate().key;
    options.handler_reads_body = true;
    auto made = http::Server::listen(loop_.get_executor(), std::move(options),
                                     [](http::Exchange& exchange) { return handle(exchange); });
    if (!made) throw Fault(made.error().what);
    server_ = std::move(*made);
    port_ = server_->port();
    thread_ = std::thread([this] { run(); });
  }
  ~Served() {
    asio::post(loop_, [this] {
      server_.reset();
      loop_.stop();
    });
    thread_.join();
  }
  uint16_t port() const { return port_; }
  /// Throws what was let out of the loop.
  void expect_well() {
    const std::lock_guard lock(mutex_);
    if (!thrown_.empty()) throw Fault("thrown out of the server's loop: " + thrown_);
  }

 private:
  void run() {
    try {
      loop_.run();
    } catch (const std::exception& failure) {
      const std::lock_guard lock(mutex_);
      thrown_ = failure.what();
    }
  }
  asio::io_context loop_;
  std::unique_ptr<http::Server> server_;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::string thrown_;
  std::thread thread_;
};

class ServerTarget : public Target {
 public:
  void check() override {
    served_->expect_well();
    if (++taken_ % 32 != 0) return;
    const auto answer =
        raw::Connection(served_->port()).ask({"GET", "/good", "", "", {}}, milliseconds(5000));
    if (answer.status != 200)
      throw Fault("a good request is not answered now: status " + std::to_string(answer.status));
  }
  void reset() override {
    served_.reset();
    served_ = std::make_unique<Served>();
  }

 protected:
  /// Sends what is left to send, and waits until the server has closed too.
  static void finish(raw::Connection& connection, const std::string& bytes) {
    connection.send_some(bytes, milliseconds(2000));
    connection.finish_sending();
    std::string answer;
    const auto end = std::chrono::steady_clock::now() + milliseconds(5000);
    while (connection.open() && std::chrono::steady_clock::now() < end) {
      answer.clear();
      connection.receive(answer, milliseconds(5000));
    }
    if (connection.open()) throw Fault("the server keeps a connection whose client has nothing more to say");
  }
  uint16_t port() const { return served_->port(); }

 private:
  std::unique_ptr<Served> served_ = std::make_unique<Served>();
  uint64_t taken_ = 0;
};

const std::vector<std::string> kHttpWords = {"GET ",
                                             "POST ",
                                             "PATCH ",
                                             " HTTP/1.1\r\n",
                                             " HTTP/1.0\r\n",
                                             " HTTP/2.0\r\n",
                                             "\r\n",
                                             "\n",
                                             "\r",
                                             "\r\n\r\n",
                                             "Host: x\r\n",
                                             "Content-Length: 5\r\n",
                                             "Content-Length: -1\r\n",
                                             "Content-Length: 18446744073709551616\r\n",
                                             "Transfer-Encoding: chunked\r\n",
                                             "Transfer-Encoding: gzip, chunked\r\n",
                                             "Connection: close\r\n",
                                             "Connection: Upgrade\r\n",
                                             "Upgrade: websocket\r\n",
                                             "Expect: 100-continue\r\n",
                                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                                             "Sec-WebSocket-Version: 13\r\n",
                                             "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n",
                                             "Authorization: Bearer x\r\n",
                                             "Accept: */*\r\n",
                                             ": ",
                                             " ",
                                             "\t",
                                             "5\r\nhello\r\n",
                                             "0\r\n\r\n",
                                             "ffffffffffffffff\r\n",
                                             "5;x=y\r\n",
                                             "Cookie: a=b\r\n",
                                             "?watch=1",
                                             "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};

class HttpTarget : public ServerTarget {
 public:
  std::string make(Random& random, const std::vector<std::string>& corpus) override {
    return mutated_bytes(random, random.of(corpus), kHttpWords, random.of(corpus), 64 << 10);
  }
  void run(const std::string& input) override {
    const bool plain = input.starts_with("PLAIN ");  // what comes to the port without TLS
    raw::Connection connection(port(), !plain);
    if (!connection.open()) throw Fault("no connection");
    finish(connection, plain ? input.substr(6) : input);
  }
};

/// One frame, with a length and bits that need not be true.
std::string frame(Random& random, const std::string& payload) {
  static const std::vector<unsigned> opcodes = {0, 1, 2, 8, 9, 10, 3, 15};
  std::string bytes(1, static_cast<char>((random.chance(80) ? 0x80 : 0) | (random.chance(10) ? 0x70 : 0) |
                                         random.of(opcodes)));
  const unsigned masked = random.chance(92) ? 0x80 : 0;
  const uint64_t told = random.chance(85)
                            ? payload.size()
                            : random.of(std::vector<uint64_t>{0, 125, 126, 65535, 65536, 1ULL << 31, ~0ULL});
  if (told < 126 && random.chance(90)) {
    bytes += static_cast<char>(masked | told);
  } else if (told < 65536) {
    bytes += static_cast<char>(masked | 126);
    for (int shift = 8; shift >= 0; shift -= 8) bytes += static_cast<char>(told >> shift);
  } else {
    bytes += static_cast<char>(masked | 127);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(told >> shift);
  }
  const std::string key = random.bytes(4);
  if (masked != 0) bytes += key;
  for (size_t i = 0; i < payload.size(); ++i)
    bytes += masked != 0 ? static_cast<char>(payload[i] ^ key[i % 4]) : payload[i];
  return bytes;
}

class WebSocketTarget : public ServerTarget {
 public:
  std::string make(Random& random, const std::vector<std::string>& corpus) override {
    if (random.chance(20)) return mutated_bytes(random, random.of(corpus), {}, random.of(corpus), 64 << 10);
    std::string bytes;
    for (size_t i = 1 + random.below(6); i > 0; --i)
      bytes += frame(random, random.chance(70) ? hostile_text(random, {}) : random.bytes(random.below(200)));
    return bytes;
  }
  void run(const std::string& input) override {
    raw::Connection connection(port());
    const auto answer = connection.ask(
        {"GET",
         "/ws",
         "",
         "",
         {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: v4.channel.k8s.io"}},
        milliseconds(5000));
    if (answer.status != 101) throw Fault("no WebSocket: status " + std::to_string(answer.status));
    finish(connection, input);
  }
};

}  // namespace

TargetKind http_kind() {
  TargetKind kind;
  kind.name = "http";
  kind.make = [] { return std::make_unique<HttpTarget>(); };
  kind.inputs_per_reset = 2000;
  kind.input_limit = 4 << 20;
  kind.seeds = [] {
    const std::string post = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    const std::string chunked =
        "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    const std::string socket =
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
        "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    return std::vector<std::string>{
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        post,
        post + post,
        chunked,
        socket,
        "PLAIN GET / HTTP/1.1\r\n\r\n",
        "PLAIN \x16\x03\x01\xff\xff\x01",
        "GET /?watch=1 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" + std::string(100'000, 'a'),
        "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n" + std::string(100'000, ' '),
        "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        ""};
  };
  return kind;
}

TargetKind websocket_kind() {
  TargetKind kind;
  kind.name = "websocket";
  kind.make = [] { return std::make_unique<WebSocketTarget>(); };
  kind.inputs_per_reset = 2000;
  kind.seeds = [] {
    return std::vector<std::string>{"", std::string("\x82\x85\0\0\0\0\0hello", 11),
                                    std::string("\x88\x80\0\0\0\0", 6),
                                    std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10)};
  };
  return kind;
}

}  // namespace zdt::fuzz
