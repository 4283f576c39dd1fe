// Ports on 127.0.0.1 that lead to pods: which pod, which port, the frames, and what happens when a pod goes.
#include "kube/port_forward.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "kube/forward_target.h"
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using asio::ip::tcp;
using testing::ApiWorld;
using testing::list_of;

json web_pod(const std::string& name, bool ready = true, bool deleting = false) {
  json made = testing::pod(name, 3);
  made["status"]["conditions"] = json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}}});
  made["spec"]["containers"] =
      json::array({{{"name", "app"}, {"ports", json::array({{{"name", "http"}, {"containerPort", 8000}}})}}});
  made["spec"]["initContainers"] = json::array(
      {{{"name", "envoy"}, {"ports", json::array({{{"name", "admin"}, {"containerPort", 9901}}})}}});
  if (deleting) made["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  return made;
}

class PortForwardTest : public ApiWorld {
 protected:
  void SetUp() override {
    api->answer("GET /api/v1/namespaces/demo/services/web",
                {{"metadata", {{"name", "web"}, {"namespace", "demo"}}},
                 {"spec",
                  {{"selector", {{"app", "web"}}},
                   {"ports", json::array({{{"name", "http"}, {"port", 80}, {"targetPort", "http"}},
                                          {{"name", "admin"}, {"port", 9901}, {"targetPort", "admin"}},
                                          {{"name", "https"}, {"port", 443}, {"targetPort", 8443}}})}}}});
    set_pods({web_pod("web-0"), web_pod("web-1")});
  }
  void set_pods(std::vector<json> pods) {
    for (const char* name : {"web-0", "web-1"}) {
      api->answer(fmt::format("GET /api/v1/namespaces/demo/pods/{}", name),
                  testing::status_object(404, "NotFound", "gone"), 404);
    }
    json items = json::array();
    for (const json& one : pods) {
      const std::string name = string_at(one, {"metadata", "name"});
      api->answer("GET /api/v1/namespaces/demo/pods/" + name, one);
      api->on("GET /api/v1/namespaces/demo/pods/" + name + "/portforward",
              [name](http::Exchange& exchange) { return echo(exchange, name); });
      items.push_back(one);
    }
    api->answer("GET /api/v1/namespaces/demo/pods", list_of(5, items));
  }
  /// The kubelet's side: both channels announce the port, then what comes goes back with the pod's name
  /// before it.
  static Task<void> echo(http::Exchange& exchange, std::string name) {
    auto socket = co_await exchange.accept_websocket("v4.channel.k8s.io");
    for (char channel : {char(0), char(1)}) {
      std::string announcement{channel, char(0x40), char(0x1f)};
      co_await socket->send(std::move(announcement));
    }
    while (auto message = co_await socket->receive()) {
      if (message->substr(1) == "fail") {
        co_await socket->send(std::string(1, 1) + "error forwarding port");
      } else if (message->substr(1) == "bye") {
        break;
      } else {
        co_await socket->send(std::string(1, 0) + name + ":" + message->substr(1));
      }
    }
    co_await socket->close();
  }

  Result<std::unique_ptr<PortForward>> open(Forward forward) {
    return wait(PortForward::open(loop.get_executor(), api->connection(), std::move(forward)));
  }
  std::unique_ptr<PortForward> forward_to(const std::string& port) {
    auto opened = open({.service = "web", .port = port});
    if (!opened) throw std::runtime_error(opened.error().what);
    return std::move(*opened);
  }
  /// Says `text` over a new connection, and gives what comes back: `size` bytes, or all until the end.
  std::string ask(const PortForward& forward, std::string text, size_t size = std::string::npos) {
    return wait(asked(forward.local_port(), std::move(text), size));
  }
  static Task<std::string> asked(uint16_t port, std::string text, size_t size) {
    auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    co_await socket.async_connect(where, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    std::string answer;
    boost::system::error_code end;
    const auto limit = size == std::string::npos ? 1 << 20 : size;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer, limit),
                              asio::redirect_error(asio::use_awaitable, end));
    co_return answer;
  }
};

TEST_F(PortForwardTest, BytesGoToThePodThatTheServiceMeansAndBack) {
  auto forward = forward_to("80");
  EXPECT_EQ(forward->url(), fmt::format("http://127.0.0.1:{}", forward->local_port()));
  EXPECT_EQ(ask(*forward, "hello", 11), "web-0:hello");
  EXPECT_EQ(forward->pod(), "web-0");
  const auto asked_for = api->seen.back();
  EXPECT_EQ(asked_for.target.values("ports"), (std::vector<std::string>{"8000"}));
  EXPECT_EQ(asked_for.authorization, "Bearer secret-token");
}

TEST_F(PortForwardTest, PortsAreFoundByNumberAndByName) {
  Client& api_client = *client;
  struct Case {
    std::string port;
    uint16_t want;
    bool https;
  };
  for (const Case& one : std::vector<Case>{
           {"80", 8000, false}, {"http", 8000, false}, {"admin", 9901, false}, {"443", 8443, true}}) {
    Forward wanted{.service = "web", .port = one.port};
    auto target = wait(find_forward_target(api_client, wanted));
    ASSERT_TRUE(target) << target.error().what;
    EXPECT_EQ(target->port, one.want) << one.port;
    EXPECT_EQ(target->https, one.https) << one.port;
  }
  Forward pod{.service = "pod/web-1", .port = "admin"};
  EXPECT_EQ(wait(find_forward_target(api_client, pod))->port, 9901);
}

TEST_F(PortForwardTest, WhenThePodGoesTheNextConnectionTakesAnother) {
  auto forward = forward_to("80");
  EXPECT_EQ(ask(*forward, "a", 7), "web-0:a");
  for (const auto& pods :
       std::vector<std::vector<json>>{{web_pod("web-0", true, true), web_pod("web-1")}, {web_pod("web-1")}}) {
    set_pods(pods);
    EXPECT_EQ(ask(*forward, "b", 7), "web-1:b");
  }
  set_pods({web_pod("web-0", true, false), web_pod("web-1", false)});
  EXPECT_EQ(ask(*forward, "c", 7), "web-0:c");
}

TEST_F(PortForwardTest, TheEndOfEitherSideIsTheEndOfTheConnection) {
  auto forward = forward_to("80");
  EXPECT_EQ(ask(*forward, "bye"), "");
  EXPECT_EQ(ask(*forward, "fail"), "") << "what the pod's side says of an error is logged";
  EXPECT_EQ(ask(*forward, "x", 7), "web-0:x");
}

TEST_F(PortForwardTest, WhatCannotBeForwardedIsSaid) {
  struct Case {
    Forward forward;
    Code code;
    std::string says;
  };
  for (const Case& one :
       std::vector<Case>{{{.service = "nothing", .port = "80"}, Code::kNotFound, "nothing"},
                         {{.service = "web", .port = "81"}, Code::kUsage, "no port \"81\""},
                         {{.service = "pod/web-0", .port = "x"}, Code::kUsage, "no port \"x\""}}) {
    auto opened = open(one.forward);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, one.code) << opened.error().what;
    EXPECT_NE((opened.error().what + opened.error().hint).find(one.says), std::string::npos)
        << opened.error().what;
  }
  set_pods({web_pod("web-0", false), web_pod("web-1", true, true)});
  auto opened = open({.service = "web", .port = "80"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what, "no pod behind service web is ready");
}

TEST_F(PortForwardTest, ATakenPortIsLeftToItsOwner) {
  auto first = forward_to("80");
  const uint16_t taken = first->local_port();
  auto another = open({.service = "web", .port = "80", .local_port = taken});
  ASSERT_TRUE(another) << "it was only preferred";
  EXPECT_NE((*another)->local_port(), taken);
  auto refused = open({.service = "web", .port = "80", .local_port = taken, .only_that_port = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kEnvironment);
  first->close();
  EXPECT_TRUE(open({.service = "web", .port = "80", .local_port = taken, .only_that_port = true}));
}

}  // namespace
}  // namespace zdt::kube
