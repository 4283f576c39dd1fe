// The open and the closed model, against a server that answers, stalls, or takes its time.
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

Plan plan_for(const TestServer& server, milliseconds duration) {
  Plan plan;
  plan.url = server.url();
  plan.duration = duration;
  return plan;
}

TEST(ClosedModel, StaysAtItsConnectionsAndReusesThem) {
  TestServer server([](const Seen&) { return answer(); });
  Plan plan = plan_for(server, milliseconds(300));
  plan.connections = 5;
  plan.workers = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.failed + report.unfinished, 0U);
  EXPECT_GT(report.ok, 50U);
  EXPECT_EQ(server.connections, 5);
  EXPECT_EQ(server.most_open, 5);
  EXPECT_EQ(report.self_check.connections_opened, 5U);
  EXPECT_EQ(report.self_check.asked_per_s, 0);
  EXPECT_EQ(static_cast<int>(report.sent), server.requests.load());
}

TEST(ClosedModel, OpensAConnectionForEachRequestWithoutKeepAlive) {
  std::atomic<int> said_close{0};
  TestServer server([&](const Seen& seen) {
    if (seen.head.find("Connection: close") != std::string::npos) ++said_close;
    return answer();
  });
  Plan plan = plan_for(server, milliseconds(0));
  plan.keep_alive = false;
  plan.connections = 3;
  plan.max_requests = 30;
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 30U);
  EXPECT_EQ(server.connections, 30);
  EXPECT_EQ(report.self_check.connections_opened, 30U);
  EXPECT_EQ(said_close, 30);
}

TEST(ClosedModel, EndsAfterItsRequestsWhateverTheNumberOfWorkers) {
  TestServer server([](const Seen&) { return answer(); });
  Plan plan = plan_for(server, milliseconds(0));
  plan.max_requests = 101;
  plan.workers = 3;
  EXPECT_EQ(run_load(plan).ok, 101U);
  EXPECT_EQ(server.requests, 101);
}

TEST(ClosedModel, ThinksBetweenRequests) {
  TestServer server([](const Seen&) { return answer(); });
  Plan plan = plan_for(server, milliseconds(300));
  plan.connections = 2;
  plan.think_time = milliseconds(50);
  const Report report = run_load(plan);
  EXPECT_GE(report.sent, 6U);
  EXPECT_LE(report.sent, 12U);
}

/// As k6's http_reqs: the requests by the time of the whole run.
TEST(ClosedModel, HasTheRateOfTheRunNotOfItsSends) {
  TestServer server([](const Seen&) {
    Answer reply = answer();
    reply.delay = milliseconds(400);
    return reply;
  });
  Plan plan = plan_for(server, milliseconds(0));
  plan.connections = 20;
  plan.max_requests = 20;
  plan.thresholds = {*parse_threshold("http_reqs: rate>50"), *parse_threshold("http_reqs: rate>10")};
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 20U);
  EXPECT_LE(report.rate_per_s, 50);
  EXPECT_GT(report.rate_per_s, 10);
  EXPECT_NEAR(report.rate_per_s, 20e3 / static_cast<double>(report.duration_ms), 1);
  EXPECT_EQ(report.self_check.achieved_per_s, report.rate_per_s);
  EXPECT_FALSE(report.thresholds[0].passed) << shown(report.thresholds[0]);
  EXPECT_TRUE(report.thresholds[1].passed) << shown(report.thresholds[1]);
}

TEST(OpenModel, TellsItsPaceApartFromTheRateOfTheRun) {
  TestServer server([](const Seen&) {
    Answer reply = answer();
    reply.delay = milliseconds(600);
    return reply;
  });
  Plan plan = plan_for(server, milliseconds(200));
  plan.rate = 100;
  plan.connections = 50;
  plan.thresholds = {*parse_threshold("http_reqs: rate<50")};
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 20U);
  EXPECT_NEAR(report.self_check.achieved_per_s, 100, 1);
  EXPECT_LE(report.rate_per_s, 26);
  EXPECT_TRUE(report.thresholds[0].passed) << shown(report.thresholds[0]);
}

TEST(OpenModel, KeepsItsRate) {
  TestServer server([](const Seen&) { return answer(); });
  Plan plan = plan_for(server, milliseconds(500));
  plan.rate = 400;
  plan.workers = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.sent, 200U);
  EXPECT_EQ(report.ok, 200U);
  EXPECT_NEAR(report.self_check.asked_per_s, 400, 1);
  EXPECT_NEAR(report.self_check.achieved_per_s, 400, 1);
}

TEST(OpenModel, DoesNotHideAStall) {
  const auto started = std::chrono::steady_clock::now();
  // For the second that begins after 300 ms, every answer waits for the end of that second.
  TestServer server([started](const Seen&) {
    Answer reply = answer();
    const auto since = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
    if (since > milliseconds(300) && since < milliseconds(1'300)) reply.delay = milliseconds(1'300) - since;
    return reply;
  });
  Plan plan = plan_for(server, milliseconds(1'500));
  plan.rate = 200;
  plan.connections = 4;  // so that nearly all arrivals of the stall must wait in the queue
  const Report report = run_load(plan);
  EXPECT_EQ(report.sent, 300U);
  EXPECT_EQ(report.ok, 300U);
  EXPECT_GE(report.latency.p99_us, 900'000U);
  EXPECT_GE(report.latency.p50_us, 100'000U);
  EXPECT_GE(report.self_check.queued, 150U);
  EXPECT_EQ(report.dropped_arrivals(), 0U);
}

TEST(OpenModel, CountsTheArrivalsThatItHadToDrop) {
  TestServer server([](const Seen&) {
    Answer reply = answer();
    reply.delay = milliseconds(100);
    return reply;
  });
  Plan plan = plan_for(server, milliseconds(400));
  plan.rate = 500;
  plan.connections = 1;
  plan.queue_limit = 3;
  const Report report = run_load(plan);
  EXPECT_EQ(report.sent + report.dropped_arrivals() + report.self_check.unsent_arrivals, 200U);
  EXPECT_GT(report.dropped_arrivals(), 150U);
  EXPECT_EQ(report.self_check.unsent_arrivals, 3U);
  EXPECT_LT(report.self_check.achieved_per_s, report.self_check.asked_per_s / 10);
}

TEST(Load, SendsWhatThePlanSays) {
  std::mutex mutex;
  std::vector<Seen> seen;
  TestServer server([&](const Seen& one) {
    const std::lock_guard lock(mutex);
    seen.push_back(one);
    return one.head.starts_with("HEAD ") ? Answer{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"} : answer();
  });
  Plan plan = plan_for(server, milliseconds(0));
  plan.connections = 1;
  plan.max_requests = 1;
  plan.headers = {{"X-Run", "7"}, {"Content-Type", "application/json"}};
  for (const auto& [method, body] :
       HeaderList{{"POST", "{}"}, {"PUT", "ab"}, {"DELETE", ""}, {"HEAD", ""}, {"GET", ""}}) {
    plan.method = method;
    plan.body = body;
    EXPECT_EQ(run_load(plan).ok, 1U) << method;
  }
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_TRUE(seen[0].head.starts_with("POST / HTTP/1.1\r\n")) << seen[0].head;
  EXPECT_EQ(seen[0].body, "{}");
  EXPECT_EQ(seen[1].body, "ab");
  EXPECT_TRUE(seen[2].head.starts_with("DELETE / "));
  EXPECT_TRUE(seen[3].head.starts_with("HEAD / "));
  EXPECT_TRUE(seen[4].head.starts_with("GET / "));
  for (const auto& one : seen) {
    EXPECT_NE(one.head.find("X-Run: 7\r\n"), std::string::npos);
    EXPECT_NE(one.head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(one.head.find("Expect:"), std::string::npos);
  }
}

TEST(Load, MixesItsTargetsByWeight) {
  std::atomic<int> posts{0};
  TestServer server([&](const Seen& seen) {
    if (seen.head.starts_with("POST /b ") && seen.body == "x") ++posts;
    return answer();
  });
  Plan plan = plan_for(server, milliseconds(0));
  plan.targets = {{server.url("/a"), "GET", "", 3}, {server.url("/b"), "POST", "x", 1}};
  plan.max_requests = 400;
  EXPECT_EQ(run_load(plan).ok, 400U);
  EXPECT_NEAR(posts, 100, 40);
}

TEST(Load, CountsPodsAndVersions) {
  TestServer server([](const Seen& seen) {
    return seen.overall % 2 == 0 ? answer(200, "x-pod: a\r\nx-version: v1\r\n")
                                 : answer(500, "x-pod: b\r\nx-version: v1\r\n");
  });
  Plan plan = plan_for(server, milliseconds(0));
  plan.max_requests = 40;
  const Report report = run_load(plan);
  EXPECT_EQ(report.pods.at("a").ok, 20U);
  EXPECT_EQ(report.pods.at("a").failed, 0U);
  EXPECT_EQ(report.pods.at("b").failed, 20U);
  EXPECT_EQ(report.versions.at("v1").ok, 20U);
  EXPECT_EQ(report.versions.at("v1").failed, 20U);
  EXPECT_LE(report.pods.at("a").first_ms, report.pods.at("a").last_ms);
}

}  // namespace
}  // namespace zdt::load::testing
