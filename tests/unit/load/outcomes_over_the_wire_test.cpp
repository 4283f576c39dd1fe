// Each outcome, brought about by a server that really behaves so.
#include <arpa/inet.h>
#include <fcntl.h>

#include "host/unique_fd.h"
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

Plan three_requests(const std::string& url) {
  Plan plan;
  plan.url = url;
  plan.connections = 1;
  plan.max_requests = 3;
  plan.connect_timeout = milliseconds(100);
  plan.response_timeout = milliseconds(150);
  return plan;
}

/// Runs three requests and expects all to end in `outcome`, each with a sample that says so.
Report expect_all(const std::string& url, Outcome outcome) {
  const Report report = run_load(three_requests(url));
  EXPECT_EQ(report.sent, 3U);
  EXPECT_EQ(report.outcomes.at(outcome), 3U);
  EXPECT_EQ(report.unfinished, 0U);
  for (const auto& failure : report.failures) {
    EXPECT_EQ(failure.outcome, outcome) << failure.what;
    EXPECT_NE(failure.what, "");
    EXPECT_EQ(failure.phase, "start");
  }
  return report;
}

/// A TCP socket on a free port of 127.0.0.1, bound; listening when `backlog` is not negative.
struct BoundSocket {
  explicit BoundSocket(int backlog = -1) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) throw std::runtime_error("bind");
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    if (backlog >= 0 && listen(fd.get(), backlog) != 0) throw std::runtime_error("listen");
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)); }

  host::UniqueFd fd;
  sockaddr_in address{};
};

TEST(OutcomesOverTheWire, AnExpectedStatusWithItsWholeBodyIsOk) {
  TestServer server([](const Seen&) { return answer(200); });
  const Report report = expect_all(server.url(), Outcome::kOk);
  EXPECT_EQ(report.statuses.at(200), 3U);
  EXPECT_EQ(report.verdict.success_rate, 1);
  EXPECT_EQ(report.verdict.longest_error_window_ms, 0);
}

TEST(OutcomesOverTheWire, AnUnexpectedStatusIsAFailureThatSaysWhoAnswered) {
  TestServer server([](const Seen&) {
    return answer(503,
                  "X-Pod: web-1\r\nx-version: v2\r\nx-edge-flags: UF\r\nx-edge-upstream: 10.0.0.1:8000\r\n");
  });
  const Report report = expect_all(server.url("/companies"), Outcome::kStatus);
  const Failure& first = report.failures.at(0);
  EXPECT_EQ(first.status, 503);
  EXPECT_EQ(first.pod, "web-1");
  EXPECT_EQ(first.version, "v2");
  EXPECT_EQ(first.edge_flags, "UF");
  EXPECT_EQ(first.upstream, "10.0.0.1:8000");
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.url, server.url("/companies"));
  EXPECT_EQ(report.pods.at("web-1").failed, 3U);
  EXPECT_EQ(report.versions.at("v2").failed, 3U);
  EXPECT_GE(report.verdict.longest_error_window_ms, 1);
}

TEST(OutcomesOverTheWire, APortWithoutAListenerRefuses) {
  const BoundSocket nobody;
  expect_all(nobody.url(), Outcome::kRefused);
}

TEST(OutcomesOverTheWire, AnRstRightAfterTheAcceptIsAReset) {
  TestServer server([](const Seen&) { return answer(); }, true);
  expect_all(server.url(), Outcome::kReset);
}

TEST(OutcomesOverTheWire, AnRstInsteadOfAnAnswerIsAReset) {
  TestServer server([](const Seen&) { return Answer{"", Then::kReset}; });
  expect_all(server.url(), Outcome::kReset);
}

TEST(OutcomesOverTheWire, AnRstAfterHalfAnAnswerIsAReset) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Then::kReset};
  });
  expect_all(server.url(), Outcome::kReset);
}

TEST(OutcomesOverTheWire, AnEndWithoutAnAnswerIsClosed) {
  TestServer server([](const Seen&) { return Answer{"", Then::kClose}; });
  expect_all(server.url(), Outcome::kClosed);
}

TEST(OutcomesOverTheWire, HalfABodyIsClosedAlthoughItsStatusWasGood) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nX-Pod: web-1\r\nContent-Length: 100\r\n\r\nhalf", Then::kClose};
  });
  const Report report = expect_all(server.url(), Outcome::kClosed);
  EXPECT_EQ(report.failures.at(0).status, 200);
  EXPECT_EQ(report.failures.at(0).pod, "web-1");
  EXPECT_TRUE(report.statuses.empty());
}

TEST(OutcomesOverTheWire, AnUnfinishedChunkedBodyIsClosed) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", Then::kClose};
  });
  expect_all(server.url(), Outcome::kClosed);
}

TEST(OutcomesOverTheWire, SomethingThatIsNotHttpIsClosed) {
  TestServer server([](const Seen&) { return Answer{"SSH-2.0-x\r\n", Then::kClose}; });
  expect_all(server.url(), Outcome::kClosed);
}

TEST(OutcomesOverTheWire, ASilentServerIsAResponseTimeout) {
  TestServer server([](const Seen&) { return Answer{"", Then::kSilence}; });
  expect_all(server.url(), Outcome::kResponseTimeout);
}

TEST(OutcomesOverTheWire, AServerThatStopsInTheMiddleIsAResponseTimeout) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Then::kSilence};
  });
  expect_all(server.url(), Outcome::kResponseTimeout);
}

TEST(OutcomesOverTheWire, AConnectThatNobodyAnswersIsAConnectTimeout) {
  const BoundSocket full(0);
  std::vector<host::UniqueFd> fillers;
  for (int i = 0; i < 3; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    connect(fillers.back().get(), reinterpret_cast<const sockaddr*>(&full.address), sizeof full.address);
  }
  expect_all(full.url(), Outcome::kConnectTimeout);
}

TEST(OutcomesOverTheWire, AnUnreachableAddressIsRefused) {
  expect_all("http://255.255.255.255:80/", Outcome::kRefused);
}

TEST(OutcomesOverTheWire, ANameThatDoesNotResolveIsDns) {
  expect_all("http://" + std::string(64, 'a') + ".invalid/", Outcome::kDns);  // no label is longer than 63
}

TEST(OutcomesOverTheWire, ARedirectIsAnAnswerAndIsNotFollowed) {
  TestServer server([](const Seen&) { return answer(302, "Location: /elsewhere\r\n"); });
  const Report report = expect_all(server.url(), Outcome::kOk);
  EXPECT_EQ(report.statuses.at(302), 3U);
  EXPECT_EQ(server.requests, 3);
}

TEST(OutcomesOverTheWire, AnInterimAnswerAloneIsClosed) {
  for (const char* interim : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nx-pod: web-1\r\n\r\n"}) {
    TestServer server([&](const Seen&) { return Answer{interim, Then::kClose}; });
    const Report report = expect_all(server.url(), Outcome::kClosed);
    EXPECT_TRUE(report.statuses.empty());
  }
}

TEST(OutcomesOverTheWire, TwoLengthsOfOneBodyAreClosed) {
  TestServer server([](const Seen&) { return answer(200, "Content-Length: 5\r\n"); });
  const Report report = expect_all(server.url(), Outcome::kClosed);
  TestServer twice([](const Seen&) { return answer(200, "Content-Length: 2\r\n"); });
  expect_all(twice.url(), Outcome::kOk);
}

TEST(OutcomesOverTheWire, OnlyTheFinalHeaderSectionSaysWhoAnswered) {
  TestServer server([](const Seen& seen) {
    const bool named = seen.overall == 2;
    return Answer{fmt::format("HTTP/1.1 103 Early Hints\r\nx-pod: early\r\nx-edge-flags: UF\r\n\r\n"
                              "HTTP/1.1 503 X\r\n{}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-pod: late\r\n"
                              "x-version: late\r\n\r\n", named ? "X-Pod: web-1\r\nx-version: v1\r\n" : "")};
  });
  const Report report = expect_all(server.url(), Outcome::kStatus);
  ASSERT_EQ(report.pods.size(), 1U);
  EXPECT_EQ(report.pods.at("web-1").failed, 1U);
  ASSERT_EQ(report.versions.size(), 1U);
  EXPECT_EQ(report.versions.at("v1").failed, 1U);
  for (const Failure& failure : report.failures) EXPECT_EQ(failure.edge_flags, "");
}

Plan four_posts_that_expect(const std::string& url) {
  Plan plan = three_requests(url);
  plan.max_requests = 4;
  plan.method = "POST";
  plan.body = "x";
  plan.headers = {{"Expect", "100-continue"}};
  return plan;
}

/// libcurl would send each a second time, without Expect.
TEST(OutcomesOverTheWire, AWhole417IsAnAnswerAndIsNotRepeated) {
  for (const Then then : {Then::kKeep, Then::kClose}) {
    TestServer server([then](const Seen& seen) {
      EXPECT_NE(seen.head.find("Expect: 100-continue"), std::string::npos);
      return Answer{"HTTP/1.1 417 X\r\nx-pod: web-1\r\nContent-Length: 2\r\n\r\nno", then};
    }, TestServer::Bodies::kUnread);
    const Report report = run_load(four_posts_that_expect(server.url()));
    EXPECT_EQ(report.outcomes.at(Outcome::kStatus), 4U);
    EXPECT_EQ(report.statuses, (std::map<int, uint64_t>{{417, 4}}));
    EXPECT_EQ(report.pods.at("web-1").failed, 4U);
    EXPECT_EQ(report.self_check.retries_prevented, 0U);
    EXPECT_EQ(server.requests, 4);
    for (const Failure& failure : report.failures) EXPECT_EQ(failure.what, "unexpected status 417");
  }
}

TEST(OutcomesOverTheWire, A417ThatIsCutOffIsClosed) {
  TestServer server([](const Seen&) { return Answer{"HTTP/1.1 417 X\r\nContent-Length: 20\r\n\r\nno", Then::kClose}; },
                    TestServer::Bodies::kUnread);
  const Report report = run_load(four_posts_that_expect(server.url()));
  EXPECT_EQ(report.outcomes.at(Outcome::kClosed), 4U);
  EXPECT_TRUE(report.statuses.empty());
}

TEST(OutcomesOverTheWire, KeepsAHundredSamplesAndCountsTheRest) {
  TestServer server([](const Seen&) { return answer(500); });
  Plan plan = three_requests(server.url());
  plan.max_requests = 150;
  plan.workers = plan.connections = 2;
  const Report report = run_load(plan);
  EXPECT_EQ(report.failed, 150U);
  EXPECT_EQ(report.failures.size(), 100U);
}

}  // namespace
}  // namespace zdt::load::testing
