#include "live_server.h"

namespace monolith::test {

Config test_config() {
  Config config;
  config.version = "v-test";
  config.pod = "pod-test";
  config.node = "node-test";
  return config;
}

LiveServer::LiveServer()
    : app_(test_config()), server_(io_, app_), port_(server_.listen("127.0.0.1", 0).port()) {
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
}

LiveServer::~LiveServer() {
  io_.stop();
  threads_.clear();
}

bool LiveServer::drained() {
  return eventually([this] { return server_.drained(); });
}

Answer LiveServer::ask(const std::string& method, const std::string& target, const std::string& body) {
  return Client(port_).ask(method, target, body);
}

}  // namespace monolith::test
