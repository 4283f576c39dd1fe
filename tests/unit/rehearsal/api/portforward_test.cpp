// pods/portforward, asked as the kubelet's WebSocket clients ask. The fake node's pods live in the test's own
// network.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "http/websocket.h"
#include "rehearsal/api/api.h"
#include "unit/host/on_loop.h"
#include "unit/http/certificate.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

using asio::ip::tcp;
using zdt::testing::on_loop;

class PortForwardApi : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "joining a network namespace needs root";
    seed(store);
    json pod{{"apiVersion", "v1"},
             {"kind", "Pod"},
             {"metadata", {{"name", "web"}, {"namespace", "default"}}},
             {"status", {{"phase", "Running"}}}};
    ASSERT_TRUE(store.create("pods", pod));
    pod["metadata"]["name"] = "new";
    pod["status"]["phase"] = "Pending";
    ASSERT_TRUE(store.create("pods", pod));
    http::ServerOptions options;
    options.certificate_pem = http::testing::test_certificate().certificate;
    options.key_pem = http::testing::test_certificate().key;
    server =
        std::move(*http::Server::listen(loop.get_executor(), std::move(options),
                                        [this](http::Exchange& exchange) { return api.handle(exchange); }));
    echo = Background(loop.get_executor(), echo_all(acceptor));
  }
  void TearDown() override {
    echo = {};
    server.reset();
    loop.restart();
    loop.poll();
  }
  static Task<void> echo_all(tcp::acceptor& acceptor) {
    while (true) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      std::array<char, 1000> buffer;
      const size_t size = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      const std::string answer = "echo " + std::string(buffer.data(), size);
      co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
    }
  }
  Result<std::unique_ptr<http::WebSocket>> connect(const std::string& pod, const std::string& query,
                                                   const std::string& protocol = "v4.channel.k8s.io") {
    http::WebSocketRequest request;
    request.url = fmt::format("https://127.0.0.1:{}/api/v1/namespaces/default/pods/{}/portforward{}",
                              server->port(), pod, query);
    request.headers.add("Authorization", "Bearer secret");
    request.protocols = {protocol};
    request.tls.ca_pem = http::testing::test_certificate().certificate;
    return on_loop(loop, http::connect_websocket(std::move(request)));
  }
  std::optional<std::string> next(http::WebSocket& socket) { return on_loop(loop, socket.receive()); }

  asio::io_context loop;
  Store store;
  testing::FakeNode node{loop.get_executor()};
  Api api{store, node, ApiOptions{.token = "secret"}};
  std::unique_ptr<http::Server> server;
  tcp::acceptor acceptor{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  Background echo;
};

std::string announced(int channel, uint16_t port) {
  return {static_cast<char>(channel), static_cast<char>(port & 0xff), static_cast<char>(port >> 8)};
}

TEST_F(PortForwardApi, AnnouncesThePortOnBothChannelsAndPassesBytesBothWays) {
  const uint16_t port = acceptor.local_endpoint().port();
  auto socket = connect("web", fmt::format("?ports={}", port));
  ASSERT_TRUE(socket) << socket.error().what;
  EXPECT_EQ((*socket)->protocol(), "v4.channel.k8s.io");
  EXPECT_EQ(next(**socket), announced(0, port));
  EXPECT_EQ(next(**socket), announced(1, port));
  on_loop(loop, (*socket)->send(std::string(1, 0) + "hello"));
  EXPECT_EQ(next(**socket), std::string(1, 0) + "echo hello");
  EXPECT_EQ(next(**socket), std::nullopt) << "the pod closed its side";
}

TEST_F(PortForwardApi, APortThatNobodyListensOnIsSaidOnItsErrorChannel) {
  tcp::acceptor closed(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const uint16_t port = closed.local_endpoint().port(), open = acceptor.local_endpoint().port();
  closed.close();
  auto socket = connect("web", fmt::format("?ports={},{}", open, port));
  ASSERT_TRUE(socket) << socket.error().what;
  std::string errors;
  while (errors.empty()) {
    const auto message = next(**socket);
    ASSERT_TRUE(message);
    if ((*message)[0] == 3 && message->size() > 3) errors = message->substr(1);
  }
  EXPECT_EQ(
      errors,
      fmt::format("error forwarding port {} to pod web: dial tcp4 127.0.0.1:{}: connect: connection refused",
                  port, port));
  on_loop(loop, (*socket)->send(std::string(1, 0) + "still"));
  EXPECT_EQ(next(**socket), std::string(1, 0) + "echo still");
}

TEST_F(PortForwardApi, RefusesWhatTheKubeletRefuses) {
  struct Refusal {
    std::string pod, query, protocol, says;
  };
  const std::string v4 = "v4.channel.k8s.io";
  for (const Refusal& one : std::vector<Refusal>{{"nothing", "?ports=1", v4, "404"},
                                           {"web", "", v4, "400"},
                                           {"web", "?ports=0", v4, "400"},
                                           {"web", "?ports=99999", v4, "400"},
                                           {"web", "?ports=http", v4, "400"},
                                           {"new", "?ports=1", v4, "400"},
                                           {"web", "?ports=1", "SPDY/3.1+portforward.k8s.io", "400"}}) {
    auto socket = connect(one.pod, one.query, one.protocol);
    ASSERT_FALSE(socket) << one.query;
    EXPECT_NE(socket.error().what.find("HTTP " + one.says), std::string::npos) << socket.error().what;
  }
}

TEST_F(PortForwardApi, ACommandWaitsForAClientThatDoesNotRead) {
  http::WebSocketRequest request;
  request.url = fmt::format("https://127.0.0.1:{}/api/v1/namespaces/default/pods/web/exec?command=yes&stdout=true", server->port());
  request.headers.add("Authorization", "Bearer secret");
  request.protocols = {"v5.channel.k8s.io"};
  request.tls.ca_pem = http::testing::test_certificate().certificate;
  testing::FakeExec::said = 0;
  auto socket = on_loop(loop, http::connect_websocket(std::move(request)));
  ASSERT_TRUE(socket) << socket.error().what;
  size_t before = 1;
  while (before != testing::FakeExec::said) {
    before = testing::FakeExec::said;
    loop.restart();
    loop.run_for(std::chrono::milliseconds(100));
  }
  EXPECT_GT(before, 0u);
  EXPECT_LT(before, 20'000'000u) << "more than sockets hold";
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(next(**socket));
  EXPECT_GE(testing::FakeExec::said, before);
}

}  // namespace
}  // namespace zdt::rehearsal
