#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

#include "app.h"

namespace monolith {

/// The listener. Accepts connections and sets each one running on a strand of its own. Must not outlive the
/// io_context, and must live until the io_context has stopped running. Any thread may call.
class Server {
 public:
  Server(boost::asio::io_context& io, App& app);

  /// Opens the port and begins to accept; the app is serving from here on. Returns the bound address. Throws
  /// boost::system::system_error, and leaves no port open, when the address cannot be bound. Call once.
  boost::asio::ip::tcp::endpoint listen(const std::string& address, std::uint16_t port);

  /// Takes in the connections that the kernel has already accepted, closes the port, and tells every
  /// connection. Does not wait.
  void begin_drain();

  /// After begin_drain(): the port is closed and every connection has been told.
  bool closed() const { return closed_; }

  /// The port is closed and the last connection is gone.
  bool drained() const { return closed_ && app_.connections.size() == 0; }

 private:
  boost::asio::awaitable<void> accept_loop();
  void take_backlog();
  void close_port();
  void serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& io_;
  App& app_;
  boost::asio::strand<boost::asio::io_context::executor_type> strand_;
  boost::asio::ip::tcp::acceptor acceptor_;  // used on strand_ only, once listen() has returned
  std::atomic<bool> closed_{false};
};

}  // namespace monolith
