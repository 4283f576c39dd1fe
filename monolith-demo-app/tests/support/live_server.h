#pragma once

#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

#include "app.h"
#include "client.h"
#include "server.h"

namespace monolith::test {

Config test_config();  // version "v-test", pod "pod-test", node "node-test"

/// The application on a free port of 127.0.0.1, served by two threads of this process until it is destroyed.
class LiveServer {
 public:
  LiveServer();
  ~LiveServer();

  std::uint16_t port() const { return port_; }
  App& app() { return app_; }
  void drain() { server_.begin_drain(); }

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

/// Polls until `holds` is true; false when 5 s have passed.
template <class Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace monolith::test
