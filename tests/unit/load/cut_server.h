// A server on 127.0.0.1 that answers with exactly the bytes that it is told to, ends the connection where it is told to, and
// keeps an account of what it answered wholly. HTTP/1, or HTTP/2 by prior knowledge, frame by frame.
#pragma once
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "host/task.h"

namespace zdt::load::testing {

using asio::ip::tcp;

/// What becomes of the connection after the bytes.
enum class End { kKeep, kFin, kReset };

/// whole  by RFC 9112 and RFC 9113, when all bytes are written and the connection ends so.
struct Reply {
  std::string bytes;
  End end = End::kKeep;
  bool whole = true;
};

/// connection, on_connection  count from 1.   stream  of the request; HTTP/1: 0.
struct Ask {
  int connection = 0, on_connection = 0;
  uint32_t stream = 0;
};

class CutServer {
 public:
  using Choose = std::function<Reply(const Ask&)>;

  /// choose  runs on the server's thread.
  CutServer(bool http2, Choose choose) : http2_(http2), choose_(std::move(choose)) {
    asio::co_spawn(loop_, accept_all(), asio::detached);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~CutServer() {
    loop_.stop();
    thread_.join();
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", acceptor_.local_endpoint().port()); }

  std::atomic<uint64_t> asked{0}, answered_wholly{0};
  std::atomic<int> connections{0};

 private:
  Task<void> accept_all() {
    while (true) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      socket.set_option(tcp::no_delay(true));
      asio::co_spawn(loop_, converse(std::move(socket), ++connections), asio::detached);
    }
  }

  Task<void> converse(tcp::socket socket, int connection) {
    try {
      std::string buffer;
      if (http2_) {
        co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "SM\r\n\r\n", asio::use_awaitable);
        buffer.erase(0, 24);
      }
      for (Ask ask{connection, 1, 0}; co_await answer_one(socket, buffer, ask); ++ask.on_connection) {
      }
    } catch (const boost::system::system_error&) {
      // the client went away, which is its right
    }
  }

  Task<bool> answer_one(tcp::socket& socket, std::string& buffer, Ask& ask) {
    if (http2_) {
      ask.stream = co_await next_stream(socket, buffer);
    } else {
      const size_t end = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", asio::use_awaitable);
      buffer.erase(0, end);
    }
    ++asked;
    const Reply reply = choose_(ask);
    if (reply.whole) ++answered_wholly;
    co_await asio::async_write(socket, asio::buffer(reply.bytes), asio::use_awaitable);
    if (reply.end == End::kReset) {
      socket.set_option(asio::socket_base::linger(true, 0));
      socket.close();
    }
    if (reply.end == End::kFin) co_await finish(socket);
    co_return reply.end == End::kKeep;
  }

  /// FIN, and none of the resets that a close with unread bytes would be.
  static Task<void> finish(tcp::socket& socket) {
    socket.shutdown(tcp::socket::shutdown_send);
    std::array<char, 1024> rest;
    while (true) co_await socket.async_read_some(asio::buffer(rest), asio::use_awaitable);
  }

  static Task<std::string> take(tcp::socket& socket, std::string& buffer, size_t size) {
    if (buffer.size() < size)
      co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(size - buffer.size()), asio::use_awaitable);
    std::string taken = buffer.substr(0, size);
    buffer.erase(0, size);
    co_return taken;
  }

  /// Of the next HEADERS frame; all others are passed over.
  static Task<uint32_t> next_stream(tcp::socket& socket, std::string& buffer) {
    while (true) {
      const std::string head = co_await take(socket, buffer, 9);
      const auto byte = [&head](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(head[i])); };
      co_await take(socket, buffer, byte(0) << 16 | byte(1) << 8 | byte(2));
      if (byte(3) == 0x1) co_return byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
    }
  }

  asio::io_context loop_{1};
  tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  const bool http2_;
  Choose choose_;
  std::thread thread_;
};

}  // namespace zdt::load::testing
