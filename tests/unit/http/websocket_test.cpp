// WebSockets, both sides.
#include "http/websocket.h"

#include "unit/http/server_world.h"

namespace zdt::http {
namespace {

using testing::on_loop;
using testing::run_until;
using testing::ServerWorld;
using testing::test_tls;
using zdt::testing::Witness;

class WebSocketTest : public ServerWorld {
 protected:
  /// Accepts `protocol` and sends every message back.
  void serve_echo(std::string protocol) {
    serve([this, protocol](Exchange& exchange) -> Task<void> {
      wanted = exchange.wants_websocket();
      offered = exchange.offered_protocols();
      auto socket = co_await exchange.accept_websocket(protocol);
      while (true) {
        auto message = co_await socket->receive();
        if (!message) break;
        co_await socket->send("echo " + *message);
      }
      closed = true;
    });
  }

  WebSocketRequest to(std::string path, std::vector<std::string> protocols = {}) const {
    return {fmt::format("https://127.0.0.1:{}{}", server->port(), path), {}, std::move(protocols), test_tls()};
  }

  std::unique_ptr<WebSocket> connect(std::vector<std::string> protocols = {}) {
    auto socket = on_loop(loop, connect_websocket(to("/exec", std::move(protocols))));
    if (!socket) throw std::runtime_error(socket.error().what);
    return std::move(*socket);
  }

  std::string received(WebSocket& socket) {
    auto message = on_loop(loop, socket.receive());
    return message ? *message : "closed";
  }

  bool wanted = false, closed = false;
  std::vector<std::string> offered;
};

TEST_F(WebSocketTest, MessagesGoBothWaysByteForByte) {
  serve_echo("");
  auto socket = connect();
  EXPECT_TRUE(wanted);
  const std::string bytes("\0\xff\n", 3);
  for (const std::string& message : {std::string("hello"), bytes, std::string(), std::string(300'000, 'x')}) {
    on_loop(loop, socket->send(message));
    EXPECT_EQ(received(*socket), "echo " + message);
  }
}

TEST_F(WebSocketTest, TheServerChoosesAmongTheOfferedProtocols) {
  serve_echo("v4");
  auto socket = connect({"v5", "v4"});
  EXPECT_EQ(offered, (std::vector<std::string>{"v5", "v4"}));
  EXPECT_EQ(socket->protocol(), "v4");
}

TEST_F(WebSocketTest, AClosedSocketHasNoMoreMessages) {
  serve_echo("");
  auto socket = connect();
  on_loop(loop, socket->close());
  run_until(loop, [&] { return closed; });
  EXPECT_EQ(received(*socket), "closed");
}

TEST_F(WebSocketTest, AClientThatVanishesEndsTheServersReading) {
  serve_echo("");
  connect().reset();
  run_until(loop, [&] { return closed; });
}

TEST_F(WebSocketTest, TheServersEndClosesOpenSockets) {
  serve_echo("");
  auto socket = connect();
  server.reset();
  EXPECT_EQ(received(*socket), "closed");
}

TEST_F(WebSocketTest, AServerThatRefusesIsQuotedWithItsStatus) {
  serve([](Exchange& exchange) -> Task<void> { co_await exchange.respond(403, "text/plain", "not for you"); });
  auto socket = on_loop(loop, connect_websocket(to("/exec")));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Code::kInvalid);
  EXPECT_NE(socket.error().what.find("403"), std::string::npos) << socket.error().what;
  EXPECT_NE(socket.error().what.find("not for you"), std::string::npos) << socket.error().what;
}

TEST_F(WebSocketTest, NobodyThereIsAnErrorOfTheEnvironment) {
  serve_echo("");
  const WebSocketRequest wire = to("/");
  server.reset();
  auto socket = on_loop(loop, connect_websocket(wire));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Code::kEnvironment);
}

TEST_F(WebSocketTest, TheServersCertificateIsVerifiedForItsName) {
  serve_echo("");
  auto wire = to("/");
  wire.tls = {};
  EXPECT_FALSE(on_loop(loop, connect_websocket(wire)));
  wire.tls = {.insecure = true};
  EXPECT_TRUE(on_loop(loop, connect_websocket(wire)));
  wire.tls = test_tls();
  wire.tls.server_name = "api.zdt.test";
  EXPECT_TRUE(on_loop(loop, connect_websocket(wire)));
  wire.tls.server_name = "somebody-else.zdt.test";
  EXPECT_FALSE(on_loop(loop, connect_websocket(wire)));
}

TEST_F(WebSocketTest, WaitingForAMessageCanBeCancelled) {
  serve_echo("");
  auto socket = connect();
  bool unwound = false, went_on = false;
  const auto wait = [&]() -> Task<void> {
    const Witness witness(unwound);
    co_await socket->receive();
    went_on = true;
  };
  Background task(loop.get_executor(), wait());
  loop.restart();
  loop.poll();
  task.stop();
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace zdt::http
