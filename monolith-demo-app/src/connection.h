#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

#include "app.h"
#include "wire.h"

namespace monolith {

/// One client connection, HTTP/1.1 with keep-alive. Everything but drain() runs on the socket's own strand.
///
/// Once the app is draining: a request whose first byte has come is answered, with "Connection: close"; a
/// connection that waits for its next request is closed at once, or after config.drain_idle without one; one that
/// has not asked anything yet gets kFreshGrace to do so, as its client connected when the port was still open.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::chrono::seconds kIdleTimeout{75};
  static constexpr std::chrono::seconds kReadTimeout{15};   // from the first byte of a request to its last
  static constexpr std::chrono::seconds kWriteTimeout{30};  // for one answer
  static constexpr std::chrono::seconds kFreshGrace{1};
  static constexpr std::chrono::seconds kLinger{1};  // for the client to take the last answer and close

  /// The socket's executor must be a strand. The connection has to be added to app.connections by its owner;
  /// it removes itself.
  Connection(boost::asio::ip::tcp::socket socket, App& app);
  ~Connection();

  /// Serves until the connection ends. Keeps `self` alive meanwhile. Throws nothing.
  static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);

  /// Wakes the connection if it waits for a request. To be called after Lifecycle::enter_draining(); any
  /// thread.
  void drain();

  boost::asio::any_io_executor executor() { return stream_.get_executor(); }

 private:
  boost::asio::awaitable<bool> wait_for_request();
  boost::asio::awaitable<bool> wait_for_bytes(std::chrono::milliseconds limit);
  boost::asio::awaitable<bool> wait_for_last_request();
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<boost::beast::error_code> read_request(WireRequest& out);
  boost::beast::error_code take_bytes(RequestParser& parser);
  boost::asio::awaitable<bool> reply(Response response, ReplyTo to);
  boost::asio::awaitable<void> close_softly();
  bool bytes_have_arrived();

  App& app_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  bool waiting_ = false;   // for the first byte of a request, which a drain ends
  bool answered_ = false;  // at least one request was served
};

}  // namespace monolith
