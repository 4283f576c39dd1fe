#include "upstream.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "support/live_server.h"
#include "support/silent_server.h"

namespace monolith::test {
namespace {

using std::chrono::milliseconds;

Config frontend_of(const std::string& url) {
  Config config = test_config();
  config.pod = "pod-frontend";
  config.upstream_url = url;
  return config;
}

std::string url_of(const LiveServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

void expect_failure(const Answer& answer, int status, const std::string& error) {
  EXPECT_EQ(answer.status, status) << error;
  EXPECT_EQ(answer.header("x-upstream-error"), error);
  EXPECT_EQ(answer.header("x-pod"), "pod-frontend");
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  ASSERT_TRUE(body.is_object()) << answer.body;
  EXPECT_EQ(body.at("status").get<int>(), status);
  EXPECT_EQ(body.at("upstream_error").get<std::string>(), error);
}

TEST(UpstreamUrl, IsReadOrRefused) {
  const auto full = parse_upstream_url("http://backend.shop:8080/api/").value();
  EXPECT_EQ(full.host, "backend.shop");
  EXPECT_EQ(full.port, "8080");
  EXPECT_EQ(full.prefix, "/api");
  const auto plain = parse_upstream_url("http://backend").value();
  EXPECT_EQ(plain.port, "80");
  EXPECT_EQ(plain.prefix, "");
  for (const char* text :
       {"", "backend", "https://b", "http://", "http://:80", "http://b:0", "http://b:70000",
        "http://b:", "http://u@b", "http://b/x?y", "http://b/x y", "http://b\r\nX: 1", "http://b/\r\nX: 1"}) {
    EXPECT_FALSE(parse_upstream_url(text)) << text;
  }
}

TEST(Upstream, StatusBodyTypeAndPodAreHandedOn) {
  LiveServer backend;
  LiveServer frontend(frontend_of(url_of(backend)));
  const Answer direct = backend.ask("GET", "/companies");
  const Answer answer = frontend.ask("GET", "/upstream/companies");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, direct.body);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("x-pod"), "pod-frontend");
  EXPECT_EQ(answer.header("x-upstream-pod"), "pod-test");
  EXPECT_EQ(answer.header("x-upstream-error"), "");
  EXPECT_EQ(frontend.ask("POST", "/upstream/companies", R"({"name":"a"})").status, 201);
  EXPECT_EQ(frontend.ask("GET", "/upstream/status/418").status, 418);
  EXPECT_EQ(frontend.ask("GET", "/upstream/prestop?seconds=0").body, "waited 0s\n");
  EXPECT_EQ(frontend.ask("GET", "/upstream").header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(frontend.ask("HEAD", "/upstream/health").status, 200);
  EXPECT_EQ(frontend.ask("GET", "/upstream/nothing").status, 404);
}

TEST(Upstream, NoneIsConfiguredAndThatIsSaid) {
  LiveServer alone;
  const Answer answer = alone.ask("GET", "/upstream/health");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("UPSTREAM_URL"), std::string::npos) << answer.body;
}

TEST(Upstream, AClosedPortIsRefusedAndAnUnknownNameIsDns) {
  std::string closed;
  { closed = SilentServer().url(); }
  LiveServer frontend(frontend_of(closed));
  expect_failure(frontend.ask("GET", "/upstream/health"), 502, "refused");
  expect_failure(frontend.ask("POST", "/upstream/companies", "{}"), 502, "refused");
  LiveServer lost(frontend_of("http://no-such-host.invalid:80"));
  expect_failure(lost.ask("GET", "/upstream/health"), 502, "dns");
}

TEST(Upstream, WhatTheServerDoesToTheConnectionIsTold) {
  struct Case {
    const char* error;
    void (*act)(SilentServer&);
  };
  for (const Case& c : std::initializer_list<Case>{
           {"reset", [](SilentServer& server) { server.reset(); }},
           {"closed", [](SilentServer& server) { server.close(); }},
           {"closed",
            [](SilentServer& server) {
              server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), server.close();
            }},
           {"protocol", [](SilentServer& server) { server.send("hello\r\n\r\n"); }},
       }) {
    SilentServer backend;
    LiveServer frontend(frontend_of(backend.url()));
    Client client(frontend.port());
    client.send("GET", "/upstream/health");
    ASSERT_TRUE(backend.take_request());
    c.act(backend);
    expect_failure(client.receive(), 502, c.error);
  }
}

TEST(Upstream, AnAnswerThatDoesNotComeEndsWithTheReadTimeout) {
  SilentServer backend;
  Config config = frontend_of(backend.url());
  config.upstream_read_timeout = milliseconds(50);
  LiveServer frontend(config);
  expect_failure(frontend.ask("GET", "/upstream/health"), 504, "read_timeout");
}

TEST(Upstream, ASynThatNobodyAnswersEndsWithTheConnectTimeout) {
  SilentServer backend(0);
  const Client place(backend.port());  // fills the only place of the queue: the kernel ignores the next SYN
  Config config = frontend_of(backend.url());
  config.upstream_connect_timeout = milliseconds(50);
  LiveServer frontend(config);
  expect_failure(frontend.ask("GET", "/upstream/health"), 504, "connect_timeout");
}

TEST(WarmUp, WhoAsksEarlyIsTakenInAndWaits) {
  Config config = test_config();
  config.warm_up = milliseconds(150);
  LiveServer server(config);
  Client early(server.port());
  early.send("GET", "/health");
  EXPECT_FALSE(early.has_been_told());
  EXPECT_EQ(early.receive().status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - server.app().lifecycle.opened(), milliseconds(150));
}

TEST(Upstream, WithoutTimeoutsItWaitsForAsLongAsTheServerDoes) {
  SilentServer backend;
  LiveServer frontend(frontend_of(backend.url()));
  Client client(frontend.port());
  client.send("GET", "/upstream/health");
  ASSERT_TRUE(backend.take_request());
  EXPECT_FALSE(client.has_been_told());
  backend.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
  EXPECT_EQ(client.receive().body, "late");
}

TEST(Upstream, AChainTellsAtItsFrontWhatHappenedAtItsBack) {
  std::string closed;
  { closed = SilentServer().url(); }
  LiveServer middle(frontend_of(closed));
  Config config = test_config();
  config.upstream_url = url_of(middle);
  LiveServer front(config);
  const Answer answer = front.ask("GET", "/upstream/upstream/health");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.header("x-upstream-error"), "refused");
  EXPECT_EQ(answer.header("x-upstream-pod"), "pod-frontend");  // the one that could not connect
}

TEST(Upstream, ADrainWaitsForWhatIsUnderWayToTheUpstream) {
  SilentServer backend;
  LiveServer frontend(frontend_of(backend.url()));
  Client client(frontend.port());
  client.send("GET", "/upstream/health");
  ASSERT_TRUE(backend.take_request());
  frontend.drain_and_tell();
  EXPECT_EQ(frontend.app().metrics.in_flight(), 1);
  backend.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(frontend.drained());
}

}  // namespace
}  // namespace monolith::test
