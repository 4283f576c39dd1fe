#include "load/threshold.h"

#include <gtest/gtest.h>

#include <random>

#include "load/hub.h"

namespace zdt::load {
namespace {

/// 100 sent: 90 ok with 1 … 90 ms, 8 reset, 2 unfinished; 5 dropped, 3 retries; in 10 s.
Observed observed(Histogram& latency) {
  latency.clear();
  for (uint64_t ms = 1; ms <= 90; ++ms) latency.record(ms * 1000);
  Observed seen;
  seen.sent = 100;
  seen.unfinished = 2;
  seen.dropped = 5;
  seen.retries = 3;
  seen.outcomes[static_cast<size_t>(Outcome::kOk)] = 90;
  seen.outcomes[static_cast<size_t>(Outcome::kReset)] = 8;
  seen.latency = &latency;
  seen.seconds = 10;
  return seen;
}

TEST(Threshold, HoldsOrNotAsInK6) {
  Histogram latency;
  const Observed seen = observed(latency);
  const std::vector<std::tuple<std::string, bool, std::string>> cases = {
      {"failed: count==0", false, "8"},
      {"failed:count<=8", true, "8"},
      {"failed: rate<0.05", false, "0.0816327"},
      {"failed: rate<10%", true, "0.0816327"},
      {"http_req_failed: rate < 0.1", true, "0.0816327"},
      {"ok: rate>=0.9", true, "0.918367"},
      {"reset: count!=0", true, "8"},
      {"refused: count===0", true, "0"},
      {"unfinished: rate<0.05", true, "0.02"},
      {"dropped: count==5", true, "5"},
      {"retries: count<4", true, "3"},
      {"sent: count>=100", true, "100"},
      {"http_reqs: rate>9.5/s", true, "10/s"},
      {"latency: max<=90", true, "90 ms"},
      {"latency: min<1ms", false, "1 ms"},
      {"latency: med<46.2ms", true, "44.799 ms"},
      {"latency: p50<46.2", true, "44.799 ms"},
      {"latency: p(99)<0.1s", true, "89.599 ms"},
      {"latency: p(99)<800us", false, "89.599 ms"},
      {"http_req_duration: p99.9<100 ", true, "89.599 ms"},
      {"latency: avg<=45.5", true, "45.5 ms"},
      {"latency: count>89", true, "90"},
  };
  for (const auto& [text, passed, value] : cases) {
    const auto threshold = parse_threshold(text);
    ASSERT_TRUE(threshold) << threshold.error().what;
    const auto result = evaluate(*threshold, seen);
    EXPECT_EQ(result.passed, passed) << text;
    EXPECT_EQ(shown(result), value) << text;
    EXPECT_FALSE(evaluate(*threshold, std::nullopt).passed) << text;
  }
}

TEST(Threshold, WithoutSamplesFails) {
  for (const char* text : {"failed: count==0", "latency: p99<800ms", "sent: count>=0", "dropped: count==0"}) {
    const auto result = evaluate(*parse_threshold(text), Observed());
    EXPECT_FALSE(result.passed) << text;
    EXPECT_EQ(shown(result), "no samples") << text;
  }
}

TEST(Threshold, ReadsSelectorsAndAborts) {
  const auto threshold = parse_threshold(" failed{ url: http://a:80/x } : rate<0.01 abort after 1m30s");
  ASSERT_TRUE(threshold) << threshold.error().what;
  EXPECT_EQ(threshold->selector, "url");
  EXPECT_EQ(threshold->selected, "http://a:80/x");
  EXPECT_TRUE(threshold->abort);
  EXPECT_EQ(threshold->delay, milliseconds(90'000));
  EXPECT_TRUE(parse_threshold("failed: count<5 abort")->abort);
}

TEST(Threshold, SaysWhatItWants) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "want METRIC: AGGREGATION OP NUMBER"},
      {"failed", "want METRIC: AGGREGATION OP NUMBER"},
      {"faild: count==0", "there is no metric \"faild\", did you mean failed?"},
      {"failed: p99<1", "failed has count and rate"},
      {"latency: rate<1", "latency has no rate"},
      {"latency: p<1", "want p(N), N from 0 to 100"},
      {"latency: p(101)<1", "want p(N), N from 0 to 100"},
      {"latency: p(99<1", "want p(N), N from 0 to 100"},
      {"failed: count=0", "want one of < <= > >= == !="},
      {"failed: count==", "want a number after =="},
      {"failed: count==nan", "want a number after =="},
      {"failed: count==0 often", "\"often\" is too much"},
      {"failed: count==0 abort now", "want abort, or abort after 10s"},
      {"failed{phase}: count==0", "want {selector:value}"},
      {"failed{phase:x: count==0", "want METRIC: AGGREGATION OP NUMBER"},
      {"failed{node:x}: count==0", "there is no selector \"node\"; there are phase, pod, version, url"},
      {"reset{pod:x}: count==0", "of a pod only ok and failed are known"},
      {"latency{url:x}: p99<1", "latency is not known of a url"},
      {"dropped{phase:x}: count==0", "dropped is not known of a phase"},
  };
  for (const auto& [text, wrong] : cases) {
    const auto threshold = parse_threshold(text);
    ASSERT_FALSE(threshold) << text;
    EXPECT_EQ(threshold.error().code, Code::kUsage);
    EXPECT_EQ(threshold.error().what, fmt::format("threshold \"{}\": {}", text, wrong));
  }
}

TEST(Threshold, IsReadOrRefusedWhateverTheText) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {
      "failed", "latency", "sent", "{", "}",  "phase", "url", ":", " ",     "p",      "(",   ")",     "99",
      "0.5",    "count",   "rate", "<", "==", "!",     "ms",  "%", "abort", "after ", "10s", "1e999", "\xc3"};
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto left = random() % 14; left > 0; --left) text += pieces[random() % pieces.size()];
    const auto threshold = parse_threshold(text);
    if (!threshold) {
      ASSERT_EQ(threshold.error().code, Code::kUsage) << text;
      continue;
    }
    ASSERT_TRUE(parse_threshold(threshold->text)) << text;
    ASSERT_FALSE(evaluate(*threshold, std::nullopt).passed) << text;
  }
}

Plan plan_with(const std::vector<std::string>& thresholds) {
  Plan plan;
  plan.targets = {{"http://a/", "GET", "", 1, ""}, {"http://b/", "GET", "", 1, ""}};
  for (const auto& text : thresholds) plan.thresholds.push_back(*parse_threshold(text));
  return *checked(plan);
}

void send_and_end(Tally& tally, unsigned phase, size_t target, Outcome outcome) {
  Ended ended;
  ended.phase = phase;
  ended.target = target;
  ended.outcome = outcome;
  ended.status = 200;
  ended.latency_us = 2000;
  ended.pod = tally.pods.names.number_of("web-1", -1);
  ++tally.phase(phase).sent;
  ++tally.target(target).sent;
  tally.count(ended);
}

TEST(Thresholds, LookAtPhasesPodsAndUrls) {
  Hub hub(plan_with(
      {"failed{phase:update}: count==1", "failed{phase:start}: count==0", "failed{phase:never}: count==0",
       "failed{pod:web-1}: count==1", "failed{pod:web-2}: count==0", "reset{url:http://b/}: count==1",
       "failed{url:http://a/}: count==0", "latency{phase:update}: max<3", "failed{version:v1}: count==0"}));
  hub.begin();
  Tally tally;
  send_and_end(tally, 0, 0, Outcome::kOk);
  const unsigned update = hub.mark("update");
  send_and_end(tally, update, 0, Outcome::kOk);
  send_and_end(tally, update, 1, Outcome::kReset);
  hub.take(0, 0, tally);
  hub.close({2'000'000, 0});
  const Report report = hub.report();
  std::string passed;
  for (const auto& result : report.thresholds) passed += result.passed ? '+' : '-';
  EXPECT_EQ(passed, "++-+-+++-");
  ASSERT_EQ(report.urls.size(), 2U);
  EXPECT_EQ(report.urls[0].ok, 2U);
  EXPECT_EQ(report.urls[1].outcomes.at(Outcome::kReset), 1U);
  EXPECT_EQ(to_json(report)["status"], "failed");
}

TEST(Thresholds, EndTheLoadOnlyWhenToldAndAfterTheDelay) {
  Hub hub(
      plan_with({"failed: count==0", "failed: count==0 abort after 3s", "sent{phase:later}: count>0 abort"}));
  hub.begin();
  for (const auto& [second, aborted] : {std::pair{0, false}, {1, false}, {2, false}, {3, true}}) {
    Tally tally;
    send_and_end(tally, 0, 0, Outcome::kReset);
    hub.take(0, second, tally);
    EXPECT_EQ(hub.aborted(), aborted) << second;
  }
  hub.close({3'000'000, 0});
  const Report report = hub.report();
  EXPECT_TRUE(report.aborted);
  EXPECT_FALSE(report.thresholds[0].aborted);
  EXPECT_TRUE(report.thresholds[1].aborted);
}

}  // namespace
}  // namespace zdt::load
