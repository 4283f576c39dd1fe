#pragma once

#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

#include "app.h"
#include "client.h"
#include "eventually.h"
#include "server.h"

namespace monolith::test {

Config test_config();  // version "v-test", pod "pod-test", node "node-test"

/// The application on a free port of 127.0.0.1, served by two threads of this process until it is destroyed.
class LiveServer {
 public:
  explicit LiveServer(Config config = test_config());
  ~LiveServer();

  std::uint16_t port() const { return port_; }
  App& app() { return app_; }
  void drain() { server_.begin_drain(); }
  /// Returns when every open connection has been told of the drain.
  void drain_and_tell();

  /// Whether the last connection ends within 5 s of a drain.
  bool drained();

  /// One request on a connection of its own.
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "");

 private:
  App app_;
  boost::asio::io_context io_;
  Server server_;
  std::uint16_t port_;
  std::vector<std::jthread> threads_;
};

}  // namespace monolith::test
