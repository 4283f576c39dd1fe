// What a plan says about single requests and their connections: contents, retries, reuse, HTTP/2, stages.
#include <boost/asio/read.hpp>

#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

Plan plan_for(const std::string& url, uint64_t requests) {
  Plan plan;
  plan.url = url;
  plan.max_requests = requests;
  plan.connections = 2;
  return plan;
}

TEST(Requests, LeaveAConnectionAfterSoMany) {
  std::atomic<int> said_close{0};
  TestServer server([&](const Seen& seen) {
    const bool closing = seen.head.find("Connection: close") != std::string::npos;
    EXPECT_EQ(closing, seen.on_connection == 4);
    if (closing) ++said_close;
    return answer();
  });
  Plan plan = plan_for(server.url(), 40);
  plan.requests_per_connection = 4;
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 40U);
  EXPECT_GE(said_close, 9);  // two connections may be under way at the end
  EXPECT_GE(server.connections, 10);
  EXPECT_LE(server.connections, 11);
}

TEST(Requests, LeaveTheirConnectionWhenAHeaderSaysClose) {
  TestServer server([](const Seen& seen) {
    EXPECT_EQ(seen.on_connection, 1);
    const size_t first = seen.head.find("onnection: close");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(seen.head.find("onnection: close", first + 1), std::string::npos);
    return answer();  // which leaves the connection open
  });
  Plan plan = plan_for(server.url(), 10);
  plan.headers = {{"connection", "close"}};
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 10U);
  EXPECT_EQ(server.connections, 10);
}

TEST(Requests, CarryUserAndPasswordOfTheirUrlAndShowThemNowhere) {
  TestServer server([](const Seen& seen) {
    const bool named = seen.head.find("Authorization: Basic dXNlcjpzZWNyZXQ=\r\n") != std::string::npos;  // user:secret
    EXPECT_EQ(named, seen.head.starts_with("GET /a "));
    return answer(500);
  });
  Plan plan = plan_for("", 20);
  plan.targets = {{fmt::format("http://user:secret@127.0.0.1:{}/a", server.port())}, {server.url("/b")}};
  const Report report = run_load(plan);
  EXPECT_EQ(report.failed, 20U);
  EXPECT_EQ(report.urls[0].url, server.url("/a"));
  EXPECT_EQ(to_json(report).dump().find("secret"), std::string::npos);
}

TEST(Requests, CountTheConnectionsThatStood) {
  Plan plan = plan_for("http://127.0.0.1:1/", 10);
  EXPECT_EQ(run_load(plan).self_check.connections_opened, 0U);
  TestServer resetting([](const Seen&) { return answer(); }, true);
  plan.url = resetting.url();
  const Report report = run_load(plan);
  EXPECT_EQ(static_cast<int>(report.self_check.connections_opened), resetting.connections);
}

TEST(Requests, CarryTheContentTypeOfTheirTarget) {
  std::atomic<int> json_bodies{0}, none{0};
  TestServer server([&](const Seen& seen) {
    if (seen.head.find("Content-Type: application/json\r\n") != std::string::npos && seen.body == "{}")
      ++json_bodies;
    if (seen.head.find("Content-Type") == std::string::npos) ++none;
    return answer();
  });
  Plan plan = plan_for("", 60);
  plan.targets = {{server.url("/a"), "POST", "{}", 1, "application/json"},
                  {server.url("/b"), "POST", "x", 1, ""},
                  {server.url("/c"), "GET", "", 1, ""}};
  const Report report = run_load(plan);
  ASSERT_EQ(report.urls.size(), 3U);
  EXPECT_EQ(static_cast<uint64_t>(json_bodies), report.urls[0].ok);
  EXPECT_EQ(static_cast<uint64_t>(none), report.urls[1].ok + report.urls[2].ok);
  EXPECT_EQ(report.urls[0].sent + report.urls[1].sent + report.urls[2].sent, 60U);
  EXPECT_EQ(report.urls[2].method, "GET");
}

/// Every second request that comes is not answered.
Answer every_second(const Seen& seen) {
  return seen.overall % 2 == 1 ? Answer{"", Then::kClose, milliseconds(0)} : answer();
}

TEST(Requests, AreSentAgainOnlyWhenAsked) {
  TestServer server(every_second);
  Plan plan = plan_for(server.url(), 20);
  plan.connections = 1;
  EXPECT_EQ(run_load(plan).failed, 10U);
  plan.retries = 1;
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 20U);
  EXPECT_EQ(report.retries, 20U);
  EXPECT_EQ(report.saved_by_retry, 20U);
  EXPECT_EQ(server.requests, 60);
  EXPECT_EQ(to_json(report)["retries"], 20);
}

TEST(Requests, AreNotSentAgainWhenHttpForbidsIt) {
  TestServer server(every_second);
  Plan plan = plan_for(server.url(), 10);
  plan.connections = 1;
  plan.retries = 3;
  plan.method = "POST";
  const Report report = run_load(plan);
  EXPECT_EQ(report.failed, 5U);
  EXPECT_EQ(report.retries, 0U);
}

TEST(Requests, GiveUpAfterTheirRetries) {
  TestServer server([](const Seen& seen) { return answer(seen.overall <= 6 ? 503 : 404); });
  Plan plan = plan_for(server.url(), 3);
  plan.connections = 1;
  plan.retries = 2;
  const Report report =
      run_load(plan);  // 503 three times, 503 three times, 404 once, which no retry would mend
  EXPECT_EQ(report.statuses.at(503), 2U);
  EXPECT_EQ(report.statuses.at(404), 1U);
  EXPECT_EQ(report.retries, 4U);
  EXPECT_EQ(report.saved_by_retry, 0U);
}

TEST(Requests, FollowTheStagesOfThePlan) {
  TestServer server([](const Seen&) { return answer(); });
  Plan plan = plan_for(server.url(), 0);
  plan.stages = {{milliseconds(200), 400}, {milliseconds(200), 400}};
  plan.workers = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 40U + 80U);
  EXPECT_GE(report.duration_ms, 400);
}

TEST(Requests, EndWhenAThresholdSaysSo) {
  TestServer server([](const Seen&) { return answer(500); });
  Plan plan = plan_for(server.url(), 0);
  plan.duration = milliseconds(60'000);
  plan.think_time = milliseconds(20);
  plan.thresholds = {*parse_threshold("failed: rate<1% abort"), *parse_threshold("sent: count>0")};
  const Report report = run_load(plan);
  EXPECT_TRUE(report.aborted);
  EXPECT_TRUE(report.thresholds[0].aborted);
  EXPECT_FALSE(report.thresholds[0].passed);
  EXPECT_TRUE(report.thresholds[1].passed);
  EXPECT_LT(report.duration_ms, 5'000);
}

/// Answers every HTTP/2 request of one connection with ":status: 200" and nothing else (RFC 9113, 4 and 6).
class Http2Server {
 public:
  Http2Server() : thread_([this] { serve(); }) {}
  ~Http2Server() { thread_.join(); }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", acceptor_.local_endpoint().port()); }
  std::atomic<int> requests{0};

 private:
  void serve() {
    tcp::socket socket = acceptor_.accept();
    boost::system::error_code ended;
    std::string preface(24, 0);
    asio::read(socket, asio::buffer(preface), ended);
    EXPECT_EQ(preface, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    write_frame(socket, 4, 0, {0, 0, 0, 0}, "", ended);
    while (!ended) serve_frame(socket, ended);
  }
  void serve_frame(tcp::socket& socket, boost::system::error_code& ended) {
    constexpr uint8_t headers = 1, settings = 4, ack = 1, end_stream_and_headers = 5;
    std::array<uint8_t, 9> head{};
    asio::read(socket, asio::buffer(head), ended);
    if (ended) return;
    std::string payload((size_t{head[0]} << 16) + (size_t{head[1]} << 8) + head[2], 0);
    asio::read(socket, asio::buffer(payload), ended);
    const std::array<uint8_t, 4> stream{head[5], head[6], head[7], head[8]};
    if (ended) return;
    if (head[3] == settings && (head[4] & ack) == 0) write_frame(socket, settings, ack, stream, "", ended);
    if (head[3] != headers) return;
    ++requests;
    write_frame(socket, headers, end_stream_and_headers, stream, "\x88",
                ended);  // HPACK's index of :status 200
  }
  static void write_frame(tcp::socket& socket, uint8_t type, uint8_t flags,
                          const std::array<uint8_t, 4>& stream, const std::string& payload,
                          boost::system::error_code& ended) {
    std::string frame{0, 0, static_cast<char>(payload.size()), static_cast<char>(type),
                      static_cast<char>(flags)};
    frame.append(stream.begin(), stream.end());
    asio::write(socket, asio::buffer(frame + payload), ended);
  }

  asio::io_context loop_{1};
  tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

TEST(Requests, SpeakHttp2WithoutTls) {
  Http2Server server;
  Plan plan = plan_for(server.url(), 10);
  plan.connections = 1;
  plan.http2 = true;
  plan.response_timeout = milliseconds(2'000);
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 10U) << (report.failures.empty() ? "" : report.failures[0].what);
  EXPECT_EQ(report.self_check.connections_opened, 1U);
  EXPECT_EQ(server.requests, 10);
}

}  // namespace
}  // namespace zdt::load::testing
