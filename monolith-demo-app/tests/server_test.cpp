#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "support/live_server.h"

namespace monolith::test {
namespace {

class ServerTest : public testing::Test {
 protected:
  LiveServer server_;
};

TEST_F(ServerTest, EveryAnswerNamesPodAndVersion) {
  for (const char* target :
       {"/", "/health", "/nothing", "/exception", "/status/503", "/status/204", "/companies/x"}) {
    for (const char* method : {"GET", "HEAD", "DELETE"}) {
      const Answer answer = server_.ask(method, target);
      EXPECT_EQ(answer.header("x-pod"), "pod-test") << method << target;
      EXPECT_EQ(answer.header("x-version"), "v-test") << method << target;
    }
  }
}

TEST_F(ServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  for (const char* target :
       {"/", "/health", "/companies", "/projects/1", "/sleep/0", "/status/418", "/nothing"}) {
    const Answer get = server_.ask("GET", target);
    Client client(server_.port());
    const Answer head = client.ask("HEAD", target);
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.headers, get.headers) << target;
    EXPECT_EQ(client.ask("GET", "/health").body, "ok\n") << target;  // no stray body on the connection
  }
}

TEST_F(ServerTest, TheFrontPageShowsVersionAndPod) {
  const Answer answer = server_.ask("GET", "/");
  EXPECT_NE(answer.body.find("v-test"), std::string::npos);
  EXPECT_NE(answer.body.find("pod-test"), std::string::npos);
}

TEST_F(ServerTest, MetadataTellsWhoAnswers) {
  const auto metadata = nlohmann::json::parse(server_.ask("GET", "/metadata").body);
  EXPECT_EQ(metadata.at("version"), "v-test");
  EXPECT_EQ(metadata.at("pod"), "pod-test");
  EXPECT_EQ(metadata.at("node"), "node-test");
  EXPECT_EQ(metadata.at("pid"), getpid());
  EXPECT_GE(metadata.at("uptime_seconds").get<double>(), 0.0);
}

TEST_F(ServerTest, StatusAnswersWithTheCodeAskedFor) {
  for (const int code : {200, 204, 205, 304, 404, 503, 599}) {
    EXPECT_EQ(server_.ask("GET", "/status/" + std::to_string(code)).status, code);
  }
  for (const char* code : {"100", "199", "600", "abc", "20x", "-200"}) {
    EXPECT_EQ(server_.ask("GET", std::string("/status/") + code).status, 400) << code;
  }
}

TEST_F(ServerTest, SleepAnswersAfterItsTimeAndBlocksNobody) {
  std::vector<std::unique_ptr<Client>> sleepers;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 8; ++i) {  // more than there are threads
    sleepers.push_back(std::make_unique<Client>(server_.port()));
    sleepers.back()->send("GET", "/sleep/0.3");
  }
  EXPECT_EQ(server_.ask("GET", "/health").status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(300));
  for (const auto& sleeper : sleepers) EXPECT_EQ(sleeper->receive().body, "slept 300ms\n");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(300));
  EXPECT_LT(took, std::chrono::milliseconds(1500));
}

TEST_F(ServerTest, SleepTakesAPostToo) {
  EXPECT_EQ(server_.ask("POST", "/sleep/0.01").body, "slept 10ms\n");
  EXPECT_EQ(server_.ask("PUT", "/sleep/0.01").status, 405);
}

TEST_F(ServerTest, SleepAndPreStopHaveABound) {
  for (const char* target :
       {"/sleep/61", "/sleep/-1", "/sleep/nan", "/prestop?seconds=61", "/prestop?seconds="}) {
    EXPECT_EQ(server_.ask("GET", target).status, 400) << target;
  }
}

TEST_F(ServerTest, PreStopWaitsWhileTheServerGoesOnServing) {
  Client hook(server_.port());
  hook.send("GET", "/prestop?seconds=0.3");
  EXPECT_EQ(server_.ask("GET", "/health").status, 200);
  EXPECT_EQ(hook.receive().body, "waited 300ms\n");
}

TEST_F(ServerTest, AnExceptionIsAnsweredAndSurvived) {
  Client client(server_.port());
  EXPECT_EQ(client.ask("GET", "/exception").status, 500);
  EXPECT_EQ(client.ask("GET", "/health").status, 200);
}

TEST_F(ServerTest, AnotherMethodGets405AndAllow) {
  const Answer answer = server_.ask("POST", "/health", "x");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(server_.port());
  client.send("GET /status/201 HTTP/1.1\r\nHost: t\r\n\r\nGET /status/202 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(client.receive().status, 202);
}

TEST_F(ServerTest, TheClientMayAskToClose) {
  Client client(server_.port());
  client.send("GET /health HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, WhatIsNotHttpIsRefused) {
  Client client(server_.port());
  client.send("hello there\r\n\r\n");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, HeadersHaveALimit) {
  Client client(server_.port());
  client.send("GET / HTTP/1.1\r\nX-Long: " + std::string(17 * 1024, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.receive().status, 431);
}

TEST_F(ServerTest, BodiesHaveALimit) {
  Client announced(server_.port());
  EXPECT_EQ(announced.ask("POST", "/companies", std::string(64 * 1024 + 1, 'x')).status, 413);
  Client chunked(server_.port());
  chunked.send("POST /companies HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n18000\r\n" +
               std::string(0x18000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  EXPECT_EQ(server_.ask("POST", "/companies", std::string(64 * 1024, 'x')).status,
            400);  // at the limit: read, not JSON
}

TEST_F(ServerTest, ExpectContinueGetsItsGoAhead) {
  Client client(server_.port());
  client.send("POST /companies HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send(std::string(R"({"name":"a"})"));
  EXPECT_EQ(client.receive().status, 201);
}

TEST_F(ServerTest, MetricsCountWhatWasAnswered) {
  Client held(server_.port());  // one connection: a request is counted before the next one on it is read
  held.ask("GET", "/health");
  held.ask("POST", "/companies", "{");
  EXPECT_EQ(server_.ask("PUT", "/companies/1", std::string(70'000, 'x')).status, 413);
  EXPECT_TRUE(eventually([&] { return server_.app().connections.size() == 1; }));
  const std::string text = held.ask("GET", "/metrics").body;
  for (const char* line :
       {"http_requests_total{method=\"GET\",code=\"200\"} 1\n",
        "http_requests_total{method=\"POST\",code=\"400\"} 1\n",
        "http_requests_total{method=\"PUT\",code=\"413\"} 1\n", "http_requests_in_flight 1\n",
        "http_connections_open 1\n", "app_info{version=\"v-test\"} 1\n", "process_start_time_seconds 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace monolith::test
