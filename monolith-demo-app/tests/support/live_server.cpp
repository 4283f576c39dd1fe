#include "live_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "connection.h"

namespace monolith::test {

Config test_config() {
  Config config;
  config.version = "v-test";
  config.pod = "pod-test";
  config.node = "node-test";
  return config;
}

LiveServer::LiveServer(Config config)
    : app_(std::move(config)), server_(io_, app_), port_(server_.listen("127.0.0.1", 0).port()) {
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
}

LiveServer::~LiveServer() {
  io_.stop();
  threads_.clear();
}

/// The server tells its connections before it says that the port is closed. Each has a strand, where what is posted
/// now runs behind what it was told.
void LiveServer::drain_and_tell() {
  drain();
  if (!eventually([this] { return server_.closed(); })) throw std::runtime_error("the port stays open");
  for (const auto& connection : app_.connections.snapshot()) {
    boost::asio::post(connection->executor(), boost::asio::use_future).wait();
  }
}

bool LiveServer::drained() {
  return eventually([this] { return server_.drained(); });
}

Answer LiveServer::ask(const std::string& method, const std::string& target, const std::string& body) {
  return Client(port_).ask(method, target, body);
}

}  // namespace monolith::test
