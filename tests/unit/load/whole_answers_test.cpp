// An answer counts as ok only when it is whole (RFC 9112, 8; RFC 9113, 8.1): every cut of every framing, on fresh and on kept
// connections, held against what the server says that it answered wholly.
#include "unit/load/cuts.h"
#include "unit/load/run_load.h"

namespace zdt::load::testing {
namespace {

Plan plan_of(const CutServer& server, bool http2, uint64_t requests) {
  Plan plan;
  plan.url = server.url();
  plan.http2 = http2;
  plan.connections = 1;
  plan.max_requests = requests;
  plan.response_timeout = milliseconds(10'000);
  return plan;
}

/// The answer that a kept connection has before the one that is cut.
Reply good_reply(bool http2, const Ask& ask) {
  if (!http2) return {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
  return on_stream(ask.stream, whole_streams().front().second(Frames{ask.stream}), End::kKeep, true);
}

/// Each cut as the answer to request `place` of a connection, each in a load of its own.
void expect_the_servers_account(bool http2, const std::vector<Cut>& cuts, int place) {
  const Cut* current = nullptr;
  CutServer server(http2, [&](const Ask& ask) {
    return ask.on_connection == place ? current->reply(ask.stream) : good_reply(http2, ask);
  });
  for (const Cut& cut : cuts) {
    current = &cut;
    const uint64_t asked = server.asked, wholly = server.answered_wholly;
    const Report report = run_load(plan_of(server, http2, static_cast<uint64_t>(place)));
    EXPECT_EQ(server.asked - asked, static_cast<uint64_t>(place)) << cut.name;
    EXPECT_EQ(report.ok, server.answered_wholly - wholly) << cut.name << (report.failures.empty() ? "" : ": " + report.failures[0].what);
    EXPECT_EQ(report.unfinished, 0U) << cut.name;
    EXPECT_EQ(report.outcomes.at(Outcome::kResponseTimeout), 0U) << cut.name;
    EXPECT_EQ(report.outcomes.at(Outcome::kStatus), 0U) << cut.name;
  }
}

TEST(WholeAnswers, OfHttp1OnAFreshConnection) { expect_the_servers_account(false, http1_cuts(), 1); }
TEST(WholeAnswers, OfHttp1OnAKeptConnection) { expect_the_servers_account(false, http1_cuts(), 2); }
TEST(WholeAnswers, OfHttp2OnAFreshConnection) { expect_the_servers_account(true, http2_cuts(), 1); }
TEST(WholeAnswers, OfHttp2OnAKeptConnection) { expect_the_servers_account(true, http2_cuts(), 2); }

TEST(WholeAnswers, OfHttp2BeforeAResetAreOkOrReset) {
  CutServer server(true, [](const Ask& ask) {
    const End end = ask.connection % 2 == 1 || ask.on_connection == 2 ? End::kReset : End::kKeep;
    return on_stream(ask.stream, whole_streams().front().second(Frames{ask.stream}), end, true);
  });
  const Report report = run_load(plan_of(server, true, 20));
  EXPECT_EQ(report.ok + report.outcomes.at(Outcome::kReset), 20U);
}

// ---- many at once ----

/// How many requests a run has: 20,000, or ZDT_LOAD_ACCOUNT.
uint64_t account_length() {
  const char* wanted = std::getenv("ZDT_LOAD_ACCOUNT");
  return wanted == nullptr ? 20'000 : std::stoull(wanted);
}

/// Every second request is answered well, the others are cut in each way in turn; 50 connections and two workers meet all of
/// that in any order.
void expect_the_same_account(bool http2, const std::vector<Cut>& cuts) {
  uint64_t chosen = 0;
  CutServer server(http2, [&](const Ask& ask) {
    const uint64_t turn = chosen++;
    return turn % 2 == 0 ? good_reply(http2, ask) : cuts[turn / 2 % cuts.size()].reply(ask.stream);
  });
  Plan plan = plan_of(server, http2, account_length());
  plan.connections = 50;
  plan.workers = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.sent, account_length());
  EXPECT_EQ(report.unfinished, 0U);
  // A request that meets a connection whose server had just ended it is sent, but never asked.
  EXPECT_LE(server.asked, report.sent);
  EXPECT_EQ(report.ok, server.answered_wholly);
  EXPECT_EQ(report.outcomes.at(Outcome::kReset) + report.outcomes.at(Outcome::kClosed), report.failed);
  printf("%s: server: %lu asked, %lu answered wholly; load: %lu sent, %lu ok, %lu reset, %lu closed, in %lu ms\n",
         http2 ? "HTTP/2" : "HTTP/1", server.asked.load(), server.answered_wholly.load(), report.sent, report.ok,
         report.outcomes.at(Outcome::kReset), report.outcomes.at(Outcome::kClosed), static_cast<uint64_t>(report.duration_ms));
}

TEST(LoadAccount, IsTheServersInHttp1) { expect_the_same_account(false, http1_cuts()); }
TEST(LoadAccount, IsTheServersInHttp2) { expect_the_same_account(true, http2_cuts()); }

}  // namespace
}  // namespace zdt::load::testing
