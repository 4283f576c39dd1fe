#include <gtest/gtest.h>

#include "load/reconciliation.h"
#include "load/self_check.h"

namespace zdt::load {
namespace {

/// 100 sent: 90 answers 200, 4 answers 503, 6 without an answer.
Report report_of_a_hundred() {
  Report report;
  report.sent = 100;
  report.ok = 90;
  report.failed = 9;
  report.unfinished = 1;
  report.outcomes = {{Outcome::kOk, 90}, {Outcome::kStatus, 4}, {Outcome::kReset, 5}};
  report.statuses = {{200, 90}, {503, 4}};
  report.pods["web-1"] = {60, 0, 0, 0, 0};
  return report;
}

TEST(SelfCheck, HasNothingAgainstALoadThatWentAsAskedFor) {
  EXPECT_TRUE(problems_of(report_of_a_hundred()).empty());
}

TEST(SelfCheck, SaysEachReasonForWhichTheCountsProveNothing) {
  const auto problem = [](auto change) {
    Report report = report_of_a_hundred();
    change(report);
    const auto problems = problems_of(report);
    return problems.size() == 1 ? problems[0] : std::to_string(problems.size()) + " problems";
  };
  EXPECT_EQ(problem([](Report& r) { r.ok = r.failed = 0; }).substr(0, 31), "no request came to an end (100 ");
  EXPECT_EQ(problem([](Report& r) { r.self_check.dropped_arrivals = 3; }).substr(0, 27),
            "3 arrivals were dropped, as");
  EXPECT_EQ(problem([](Report& r) { r.self_check.unsent_arrivals = 2; }).substr(0, 23),
            "2 arrivals still waited");
  EXPECT_EQ(problem([](Report& r) { r.self_check.ports_exhausted = 1; }).substr(0, 30),
            "1 connections found no free lo");
  EXPECT_EQ(problem([](Report& r) { r.self_check.descriptors_exhausted = 7; }).substr(0, 39),
            "7 requests found no free file descripto");
  EXPECT_EQ(problem([](Report& r) { r.self_check.memory_exhausted = 2; }).substr(0, 26), "2 requests found no memory");
  const auto resolved = [&](uint64_t failed, uint64_t dns) {
    return problem([=](Report& r) {
      Url url;
      url.url = "http://web/";
      url.failed = failed;
      url.outcomes[Outcome::kDns] = dns;
      r.urls.push_back(url);
    });
  };
  EXPECT_EQ(resolved(3, 3), "the host of http://web/ never resolved: no server was asked");
  EXPECT_EQ(resolved(3, 2), "0 problems") << "a name that resolves now and then is what the load has seen";
  const auto pace = [&](uint64_t sent, uint64_t lateness_p99_us, double achieved) {
    return problem([=](Report& r) {
      r.sent = sent;
      r.self_check.lateness_p99_us = lateness_p99_us, r.self_check.asked_per_s = 100, r.self_check.achieved_per_s = achieved;
    });
  };
  EXPECT_EQ(pace(1'000, 251'000, 100).substr(0, 37), "1 % of the requests left more than 25");
  EXPECT_EQ(pace(1'000, 250'000, 95), "0 problems");
  EXPECT_EQ(pace(1'000, 0, 94).substr(0, 31), "94.0 requests a second were sen");
  EXPECT_EQ(pace(100, 300'000, 50), "0 problems") << "too few to say";
}

struct EnvoyCase {
  EnvoyCounts counts;
  const char* problem;  ///< the start of the only one; "": they agree
};

TEST(Reconciliation, HoldsEnvoysCountsAgainstTheClients) {
  const EnvoyCase cases[] = {
      {{94, {{2, 90}, {5, 4}}}, ""},
      {{100, {{2, 96}, {5, 4}}}, ""},  // some of the six lost ones had been answered
      {{100, {{2, 89}, {5, 4}}}, "Envoy counted 89 answers 2xx, but the client got 90"},
      {{100, {{2, 90}, {5, 11}}}, "Envoy counted 11 answers 5xx, more than the client's 4 and the 6"},
      {{101, {{2, 90}, {5, 4}}}, "Envoy saw 101 requests, but the client sent 100"},
  };
  for (const EnvoyCase& each : cases) {
    Report report = report_of_a_hundred();
    const auto problems = reconcile(report, each.counts);
    const std::string wanted = each.problem;
    EXPECT_EQ(problems.size(), wanted.empty() ? 0U : 1U) << wanted;
    if (!problems.empty()) {
      EXPECT_EQ(problems[0].substr(0, wanted.size()), wanted);
    }
    EXPECT_EQ(bool_at(report.reconciliation, {"envoy", "agrees"}), wanted.empty());
  }
}

TEST(Reconciliation, WantsEveryPodToHaveAnsweredWhatTheClientGotFromIt) {
  Report report = report_of_a_hundred();
  EXPECT_TRUE(
      reconcile(report, AppCounts{{{"web-1", 61}, {"web-2", 3}}, {"web-0"}}).empty());  // probes count, too
  EXPECT_EQ(at(report.reconciliation, {"app", "not_compared"}), json::array({"web-0"}));
  const auto problems = reconcile(report, AppCounts{{{"web-1", 59}}, {}});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0], "web-1 counted 59 answers, but the client got 60 from it");
}

}  // namespace
}  // namespace zdt::load
