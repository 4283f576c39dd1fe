#include <gtest/gtest.h>

#include "load/report.h"

namespace zdt::load {
namespace {

TEST(ReportJson, HasUnitsInItsNamesAndEveryOutcome) {
  Report report;
  report.sent = report.ok = 3;
  for (const auto outcome : kOutcomes) report.outcomes[outcome] = 0;
  report.outcomes[Outcome::kOk] = 3;
  report.statuses[200] = 3;
  report.pods["web-1"] = {3, 0, 5, 90};
  report.timeline.push_back({0, 3, 3, 0, 120});
  const json object = to_json(report);
  EXPECT_EQ(object["status"], "passed");
  EXPECT_EQ(object["outcomes"].size(), kOutcomeCount);
  EXPECT_EQ(object["outcomes"]["connect_timeout"], 0);
  EXPECT_EQ(object["statuses"]["200"], 3);
  EXPECT_EQ(object["pods"]["web-1"]["last_ms"], 90);
  EXPECT_EQ(object["timeline"][0]["p99_us"], 120);
  EXPECT_TRUE(object["latency"].contains("p999_us"));
  EXPECT_EQ(object["verdict"]["first_failure_ms"], -1);
  EXPECT_TRUE(object["self_check"].contains("retries_prevented"));
}

TEST(ReportJson, IsPassedOnlyWhenEverythingWas) {
  Report report;
  EXPECT_EQ(to_json(report)["status"], "error") << "no samples is not a success";
  report.sent = report.ok = 1;
  EXPECT_EQ(to_json(report)["status"], "passed");
  report.self_check.dropped_arrivals = 1;
  EXPECT_EQ(to_json(report)["status"], "failed");
  report.self_check.dropped_arrivals = 0;
  report.sent = 2;
  report.unfinished = 1;
  EXPECT_EQ(to_json(report)["status"], "failed");
}

TEST(ReportJson, TellsOfAFailureInWords) {
  Failure failure;
  failure.outcome = Outcome::kReset;
  failure.what = "Recv failure: Connection reset by peer";
  const json object = to_json(failure);
  EXPECT_EQ(object["outcome"], "reset");
  EXPECT_EQ(object["wall"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(object["what"], failure.what);
}

}  // namespace
}  // namespace zdt::load
