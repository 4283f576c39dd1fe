// A small HTTP server on 127.0.0.1 with a loop and a thread of its own, for tests: what it answers, and how
// it breaks a connection, is said by a function that sees every request.
#pragma once
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "host/task.h"

namespace zdt::load::testing {

using asio::ip::tcp;

/// connection, on_connection, overall  count from 1.   head  the request line and headers.
struct Seen {
  int connection = 0, on_connection = 0, overall = 0;
  std::string head, body;
};

enum class Then { kKeep, kClose, kReset, kSilence };

/// bytes  sent as they are, after `delay`.   then  what becomes of the connection.
struct Answer {
  std::string bytes;
  Then then = Then::kKeep;
  milliseconds delay{0};
};

/// A whole answer with a body of two bytes.
inline Answer answer(int status = 200, const std::string& headers = "") {
  return {fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: 2\r\n\r\nok", status, headers), Then::kKeep,
          milliseconds(0)};
}

class TestServer {
 public:
  using Behaviour = std::function<Answer(const Seen&)>;
  /// kUnread: a request is answered before its body has come, as one that expects 100 (Continue) may be.
  enum class Bodies { kRead, kUnread };

  /// behaviour runs on the server's thread.  reset_on_accept: every connection is reset at once.
  explicit TestServer(Behaviour behaviour, bool reset_on_accept = false)
      : behaviour_(std::move(behaviour)), reset_on_accept_(reset_on_accept) {
    serve();
  }
  TestServer(Behaviour behaviour, Bodies bodies) : behaviour_(std::move(behaviour)), bodies_(bodies) { serve(); }
  /// Takes over a socket that listens already.
  TestServer(Behaviour behaviour, int listening) : behaviour_(std::move(behaviour)) {
    acceptor_.close();
    acceptor_.assign(tcp::v4(), listening);
    serve();
  }
  ~TestServer() {
    loop_.stop();
    thread_.join();
  }

  uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }

  std::atomic<int> connections{0}, open_now{0}, most_open{0}, requests{0};

 private:
  void serve() {
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(loop_, accept_all(), asio::detached);
    thread_ = std::thread([this] { loop_.run(); });
  }

  Task<void> accept_all() {
    while (true) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      ++connections;
      if (reset_on_accept_) {
        reset(socket);
      } else {
        asio::co_spawn(loop_, converse(std::move(socket), connections), asio::detached);
      }
    }
  }

  Task<void> converse(tcp::socket socket, int connection) {
    most_open = std::max(most_open.load(), ++open_now);
    try {
      std::string buffer;
      for (int number = 1; co_await answer_one(socket, buffer, connection, number); ++number) {
      }
    } catch (const boost::system::system_error&) {
      // the client went away, which is its right
    }
    --open_now;
  }

  Task<bool> answer_one(tcp::socket& socket, std::string& buffer, int connection, int number) {
    Seen seen{connection, number, 0, {}, {}};
    const size_t end = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                       asio::use_awaitable);
    seen.head = buffer.substr(0, end);
    const size_t length = bodies_ == Bodies::kUnread ? 0 : content_length(seen.head);
    while (buffer.size() < end + length) {
      std::array<char, 4096> piece;
      const size_t got = co_await socket.async_read_some(asio::buffer(piece), asio::use_awaitable);
      buffer.append(piece.data(), got);
    }
    seen.body = buffer.substr(end, length);
    buffer.erase(0, end + length);
    seen.overall = ++requests;
    const Answer reply = behaviour_(seen);
    co_return co_await act(socket, reply);
  }

  Task<bool> act(tcp::socket& socket, const Answer& reply) {
    if (reply.delay.count() > 0) co_await sleep_for(reply.delay);
    co_await asio::async_write(socket, asio::buffer(reply.bytes), asio::use_awaitable);
    if (reply.then == Then::kReset) reset(socket);
    if (reply.then == Then::kSilence) {
      char unexpected = 0;
      co_await socket.async_read_some(asio::buffer(&unexpected, 1), asio::use_awaitable);
    }
    co_return reply.then == Then::kKeep;
  }

  static size_t content_length(const std::string& head) {
    const std::string lower_head = lower(head);
    const size_t at = lower_head.find("content-length:");
    return at == std::string::npos ? 0 : std::stoul(lower_head.substr(at + 15));
  }

  static std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  static void reset(tcp::socket& socket) {
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
  }

  asio::io_context loop_{1};
  tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  Behaviour behaviour_;
  Bodies bodies_ = Bodies::kRead;
  bool reset_on_accept_ = false;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace zdt::load::testing
