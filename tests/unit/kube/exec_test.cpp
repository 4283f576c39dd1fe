// exec over WebSocket, protocols v5 and v4.
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::status_object;

const std::string kExec = "GET /api/v1/namespaces/demo/pods/web-0/exec";
const std::string kSuccess = R"({"status":"Success"})";

std::string exited(int code) {
  return json{{"status", "Failure"},
              {"reason", "NonZeroExitCode"},
              {"message", fmt::format("command terminated with exit code {}", code)},
              {"details", {{"causes", {{{"reason", "ExitCode"}, {"message", std::to_string(code)}}}}}}}
      .dump();
}

std::string frame(char channel, const std::string& content) { return std::string(1, channel) + content; }

class ExecTest : public ApiWorld {
 protected:
  void SetUp() override { api->answer("GET /api/v1/namespaces/demo/pods/web-0", testing::pod("web-0", 3)); }

  using Conversation = std::function<Task<void>(http::WebSocket&)>;

  void converse(std::string protocol, Conversation with) {
    api->on(kExec, [protocol, with = std::move(with)](http::Exchange& exchange) { return accept(exchange, protocol, with); });
  }
  static Task<void> accept(http::Exchange& exchange, std::string protocol, Conversation with) {
    auto socket = co_await exchange.accept_websocket(protocol);
    co_await with(*socket);
    co_await socket->close();
  }
  void say(std::string protocol, std::vector<std::string> frames) {
    converse(std::move(protocol), [frames = std::move(frames)](http::WebSocket& socket) { return send_all(socket, frames); });
  }
  static Task<void> send_all(http::WebSocket& socket, std::vector<std::string> frames) {
    for (const std::string& one : frames) co_await socket.send(one);
  }

  Result<host::Exit> exec(std::string input = "") {
    Client::ExecQuery query{.pod = "web-0", .container = "app", .argv = {"sh", "-c", "a b"}, .input = std::move(input)};
    return wait(client->exec(std::move(query)));
  }
};

TEST_F(ExecTest, GivesBothStreamsAndSuccess) {
  say("v5.channel.k8s.io", {frame(1, ""), frame(1, "one "), frame(2, "err"), frame(1, "two"), frame(3, kSuccess)});
  auto exit = exec();
  ASSERT_TRUE(exit) << exit.error().what;
  EXPECT_EQ(exit->code, 0);
  EXPECT_EQ(exit->out, "one two");
  EXPECT_EQ(exit->err, "err");
  const auto asked = api->seen.back();
  EXPECT_EQ(asked.target.values("command"), (std::vector<std::string>{"sh", "-c", "a b"}));
  EXPECT_EQ(asked.target.value("container"), "app");
  EXPECT_FALSE(asked.target.has("stdin"));
  EXPECT_EQ(asked.authorization, "Bearer secret-token");
}

TEST_F(ExecTest, GivesTheCommandsExitCodeInBothProtocols) {
  for (const char* protocol : {"v5.channel.k8s.io", "v4.channel.k8s.io"}) {
    say(protocol, {frame(1, "x"), frame(3, exited(42))});
    auto exit = exec();
    ASSERT_TRUE(exit) << exit.error().what;
    EXPECT_EQ(exit->code, 42);
  }
}

TEST_F(ExecTest, SendsInputAndClosesItInV5) {
  std::string input, closed;
  converse("v5.channel.k8s.io", [&](http::WebSocket& socket) -> Task<void> {
    input = *co_await socket.receive();
    closed = *co_await socket.receive();
    co_await socket.send(frame(3, kSuccess));
  });
  ASSERT_TRUE(exec("to stdin"));
  EXPECT_EQ(input, frame(0, "to stdin"));
  EXPECT_EQ(closed, std::string("\xff\0", 2));
  EXPECT_EQ(api->seen.back().target.value("stdin"), "true");
}

TEST_F(ExecTest, ReadsWhileItSendsALongInput) {
  converse("v5.channel.k8s.io", [](http::WebSocket& socket) -> Task<void> {
    // Says more than the connection holds before it reads anything, as `cat` on a slow node may.
    for (int i = 0; i < 16; ++i) co_await socket.send(frame(1, std::string(1'000'000, 'o')));
    co_await socket.receive();
    co_await socket.send(frame(3, kSuccess));
  });
  auto exit = exec(std::string(12'000'000, 'i'));
  ASSERT_TRUE(exit) << exit.error().what;
  EXPECT_EQ(exit->out.size(), 16'000'000u);
}

TEST_F(ExecTest, ACommandThatCannotBeStartedIsAFailure) {
  say("v5.channel.k8s.io", {frame(3, status_object(500, "InternalError", "executable file not found in $PATH").dump())});
  auto exit = exec();
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kFailed);
  EXPECT_NE(exit.error().what.find("executable file not found"), std::string::npos);
}

TEST_F(ExecTest, AStreamThatEndsWithoutAStatusIsAFailure) {
  say("v5.channel.k8s.io", {frame(1, "half")});
  auto exit = exec();
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kFailed);
}

TEST_F(ExecTest, ARefusalIsTheServersOwn) {
  api->answer(kExec, status_object(403, "Forbidden", "pods/exec is forbidden"), 403);
  auto exit = exec();
  ASSERT_FALSE(exit);
  EXPECT_NE(exit.error().what.find("pods/exec is forbidden"), std::string::npos) << exit.error().what;
}

TEST_F(ExecTest, APodThatDoesNotExistIsNotFound) {
  api->answer("GET /api/v1/namespaces/demo/pods/web-0", status_object(404, "NotFound", "pods \"web-0\" not found"), 404);
  auto exit = exec();
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace zdt::kube
