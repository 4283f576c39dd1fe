// libcurl repeats a request in silence when its reused connection ends before any answer. A load must not.
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

/// Answers the first request of each connection, and ends the connection when the second one arrives.
TestServer::Behaviour ends_at_the_second(Then end) {
  return [end](const Seen& seen) { return seen.on_connection == 1 ? answer() : Answer{"", end}; };
}

Plan sequential(const std::string& url, uint64_t requests) {
  Plan plan;
  plan.url = url;
  plan.connections = 1;
  plan.max_requests = requests;
  plan.response_timeout = milliseconds(1'000);
  return plan;
}

TEST(Retry, OfARequestOnAClosedConnectionIsPreventedAndCountedAsClosed) {
  TestServer server(ends_at_the_second(Then::kClose));
  const Report report = run_load(sequential(server.url(), 20));
  EXPECT_EQ(report.ok, 10U);
  EXPECT_EQ(report.outcomes.at(Outcome::kClosed), 10U);
  EXPECT_EQ(report.self_check.retries_prevented, 10U);
  EXPECT_EQ(report.failures.at(0).what, "reused connection closed before an answer");
  EXPECT_EQ(server.requests, 20) << "a request was sent twice";
  EXPECT_EQ(server.connections, 10) << "a connection was made for a second attempt";
}

TEST(Retry, OfARequestOnAResetConnectionIsPreventedAndCountedAsReset) {
  TestServer server(ends_at_the_second(Then::kReset));
  const Report report = run_load(sequential(server.url(), 20));
  EXPECT_EQ(report.ok, 10U);
  EXPECT_EQ(report.outcomes.at(Outcome::kReset), 10U);
  EXPECT_EQ(report.failures.at(0).what,
            "reused connection broke before an answer: Recv failure: Connection reset by peer");
  EXPECT_EQ(server.requests, 20);
}

TEST(Retry, OfAPostIsPrevented) {
  TestServer server(ends_at_the_second(Then::kClose));
  Plan plan = sequential(server.url(), 4);
  plan.method = "POST";
  plan.body = "{\"name\":\"a\"}";
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 2U);
  EXPECT_EQ(report.outcomes.at(Outcome::kClosed), 2U);
  EXPECT_EQ(server.requests, 4);
}

TEST(Retry, IsPreventedWhenOtherIdleConnectionsStand) {
  // The first answer is still to come when the second request goes out, so that two connections are open;
  // both are idle when the third request finds that one of them ends.
  TestServer server([](const Seen& seen) {
    Answer reply = seen.overall == 3 ? Answer{"", Then::kClose} : answer();
    if (seen.overall == 1) reply.delay = milliseconds(30);
    return reply;
  });
  Plan plan = sequential(server.url(), 6);
  plan.rate = 50;
  plan.connections = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 5U);
  EXPECT_EQ(report.outcomes.at(Outcome::kClosed), 1U);
  EXPECT_EQ(server.requests, 6);
}

TEST(Retry, IsNotNeededForAConnectionThatEndedWhileItWasIdle) {
  // The server says nothing of closing, but does so right after its answer: no loss.
  TestServer server([](const Seen&) {
    Answer reply = answer();
    reply.then = Then::kClose;
    return reply;
  });
  Plan plan = sequential(server.url(), 5);
  plan.think_time = milliseconds(20);
  const Report report = run_load(plan);
  EXPECT_EQ(report.ok, 5U);
  EXPECT_EQ(server.connections, 5);
}

}  // namespace
}  // namespace zdt::load::testing
