#include "load/attribution.h"

#include <gtest/gtest.h>

namespace zdt::load {
namespace {

using std::chrono::seconds;

WallTime time_at(int64_t ms) { return WallTime(seconds(1'000'000)) + milliseconds(ms); }

/// Created at 1 s, ready from 3 s, deleted at 10 s, hook from 10.1 s, SIGTERM at 12 s, exited at 13 s, gone
/// at 13.5 s. Its endpoint was offered from 3 s to 10.2 s.
PodLife whole_life() {
  PodLife life;
  life.pod = "web-1";
  life.version = "v1";
  life.addresses = {"10.244.0.7"};
  life.has_hook = true;
  life.created = time_at(1'000);
  life.deleted = time_at(10'000);
  life.hook_started = time_at(10'100);
  life.signalled = time_at(12'000);
  life.gone = time_at(13'500);
  life.process = {{time_at(1'200), true}, {time_at(13'000), false}};
  life.ready = {{time_at(3'000), true}, {time_at(10'300), false}};
  life.endpoint = {{time_at(3'000), true}, {time_at(10'200), false}};
  return life;
}

/// Ready from 0 s on, and nothing else.
PodLife sound_life(const std::string& pod, const std::string& address) {
  PodLife life;
  life.pod = pod;
  life.addresses = {address};
  life.created = time_at(-5'000);
  life.process = {{time_at(-4'000), true}};
  life.ready = life.endpoint = {{time_at(0), true}};
  return life;
}

Failure failure_at(int64_t ms, Outcome outcome = Outcome::kReset, const std::string& pod = "web-1") {
  Failure failure;
  failure.at_ms = failure.sent_ms = ms;
  failure.wall = time_at(ms);
  failure.outcome = outcome;
  failure.pod = pod;
  return failure;
}

Report attributed(std::vector<Failure> failures, std::vector<PodLife> lives) {
  Report report;
  report.started = time_at(0);
  report.failed = failures.size();
  report.kept_failures = std::move(failures);
  attribute_losses(report, std::move(lives));
  return report;
}

std::string sentence_of(Failure failure, PodLife life) {
  return attributed({std::move(failure)}, {std::move(life)}).losses.front().sentence;
}

struct Case {
  int64_t ms;
  const char* phase;
  const char* sentence;
};

TEST(Attribution, KnowsThePhaseOfEveryMomentOfALife) {
  const Case cases[] = {
      {1'500, "before-ready", "reset by web-1 1.5 s before it was ready"},
      {5'000, "ready", "reset by web-1 while it was ready"},
      {9'990, "ready", "reset by web-1 while it was ready, 10 ms before its deletion"},
      {10'040, "deleted",
       "reset by web-1 40 ms after its deletion, 160 ms before its endpoint left the Service"},
      {11'000, "hook",
       "reset by web-1 1.0 s after its deletion, while its hook ran, 800 ms after its endpoint left the "
       "Service"},
      {12'120, "after-sigterm",
       "reset by web-1 120 ms after SIGTERM, 1.9 s after its endpoint left the Service"},
      {13'300, "after-exit",
       "reset by web-1 300 ms after it exited, 3.1 s after its endpoint left the Service"},
      {14'000, "after-exit",
       "reset by web-1 1.0 s after it exited, 3.8 s after its endpoint left the Service"},
  };
  for (const Case& each : cases) {
    const Report report = attributed({failure_at(each.ms)}, {whole_life()});
    ASSERT_EQ(report.losses.size(), 1U);
    EXPECT_EQ(report.losses[0].phase, each.phase) << each.ms;
    EXPECT_EQ(report.losses[0].sentence, each.sentence) << each.ms;
    EXPECT_EQ(report.losses[0].version, "v1");
    EXPECT_EQ(report.losses[0].known_by, "header");
  }
}

TEST(Attribution, SaysWhatNoOtherToolSays) {
  PodLife life = whole_life();
  life.endpoint.back().at = time_at(14'220);
  EXPECT_EQ(sentence_of(failure_at(12'120), life),
            "reset by web-1 120 ms after SIGTERM, 2.1 s before its endpoint left the Service");
}

TEST(Attribution, HasWordsForEveryOutcome) {
  PodLife life = whole_life();
  life.endpoint.clear();
  const std::pair<Outcome, const char*> cases[] = {
      {Outcome::kRefused, "refused by web-1 500 ms after SIGTERM"},
      {Outcome::kClosed, "closed without a whole answer by web-1 500 ms after SIGTERM"},
      {Outcome::kConnectTimeout, "no connection in time to web-1 500 ms after SIGTERM"},
      {Outcome::kResponseTimeout, "no answer in time from web-1 500 ms after SIGTERM"},
      {Outcome::kTls, "TLS failed with web-1 500 ms after SIGTERM"},
  };
  for (const auto& [outcome, sentence] : cases)
    EXPECT_EQ(sentence_of(failure_at(12'500, outcome), life), sentence);
  Failure status = failure_at(12'500, Outcome::kStatus);
  status.status = 503;
  EXPECT_EQ(sentence_of(status, life), "503 from web-1 500 ms after SIGTERM");
  status.edge_flags = "-";
  EXPECT_EQ(sentence_of(status, life), "503 from web-1 500 ms after SIGTERM");
  status.edge_flags = "UC";
  EXPECT_EQ(sentence_of(status, life),
            "503 of the edge (UC, connection lost) for web-1 500 ms after SIGTERM");
}

TEST(Attribution, TakesATimeOutForTheMomentWhenItWasSent) {
  Failure late = failure_at(13'100, Outcome::kResponseTimeout);
  late.sent_ms = 5'000;
  EXPECT_EQ(attributed({late}, {whole_life()}).losses[0].phase, "ready");
}

TEST(Attribution, TellsAHookWithoutALogByTheSignalThatFollows) {
  PodLife life = whole_life();
  life.hook_started.reset();
  EXPECT_EQ(phase_at(life, time_at(11'000), time_at(0)), LifePhase::kHook);
  life.signalled.reset();  // then nobody knows when the hook ended
  EXPECT_EQ(phase_at(life, time_at(11'000), time_at(0)), LifePhase::kDeleted);
  life = whole_life();
  life.hook_ended = time_at(11'000);
  EXPECT_EQ(phase_at(life, time_at(11'500), time_at(0)), LifePhase::kDeleted);
}

TEST(Attribution, TellsACrashFromADeletion) {
  PodLife life = sound_life("web-1", "10.244.0.7");
  life.process = {{time_at(-4'000), true}, {time_at(6'000), false}, {time_at(7'000), true}};
  life.ready = {{time_at(0), true}, {time_at(6'100), false}, {time_at(8'000), true}};
  EXPECT_EQ(sentence_of(failure_at(5'995), life),
            "reset by web-1 while it was ready, 5 ms before its container exited");
  EXPECT_EQ(sentence_of(failure_at(6'500), life), "reset by web-1 500 ms after it exited");
  EXPECT_EQ(sentence_of(failure_at(7'500), life), "reset by web-1 1.4 s after it lost its readiness");
  life.signalled = time_at(5'900);  // of the process before the restart
  EXPECT_EQ(phase_at(life, time_at(9'000), time_at(0)), LifePhase::kReady);
}

TEST(Attribution, DoesNotBelieveAReadinessThatNobodyProbed) {
  PodLife life = sound_life("web-1", "10.244.0.7");
  life.created = time_at(2'000);
  life.ready = {{time_at(2'300), true}};
  life.has_readiness_probe = false;
  Report report;
  report.started = time_at(0);
  report.failed = 1;
  report.kept_failures = {failure_at(3'000, Outcome::kRefused)};
  report.pods["web-1"] = {5, 1, 3'000, 9'000, 3'800};
  attribute_losses(report, {life});
  EXPECT_EQ(report.losses[0].phase, "before-ready");
  EXPECT_EQ(report.losses[0].sentence,
            "refused by web-1 800 ms before its first good answer (it has no readiness probe)");
}

TEST(Attribution, FindsThePodByTheConnectionThenByTheEdgesUpstream) {
  const std::vector<PodLife> lives{whole_life(), sound_life("web-2", "10.244.0.8")};
  Failure traced = failure_at(12'500, Outcome::kRefused, "");
  traced.endpoint = "10.244.0.7:8080";
  traced.upstream = "10.244.0.8:8080";
  Attribution found = attribution_of(traced, lives, time_at(0));
  EXPECT_EQ(found.pod, "web-1");
  EXPECT_EQ(found.known_by, "connection");
  traced.endpoint.clear();
  EXPECT_EQ(attribution_of(traced, lives, time_at(0)).pod, "web-2");
  traced.endpoint = "10.244.9.9:10000";
  traced.upstream.clear();
  EXPECT_EQ(attributed({traced}, lives).losses[0].sentence,
            "refused by 10.244.9.9:10000, which is no followed pod");
}

TEST(Attribution, GivesAnAddressThatWasUsedAgainToThePodThatHadItThen) {
  PodLife old = whole_life(), young = sound_life("web-9", "10.244.0.7");
  young.created = time_at(20'000);
  Failure traced = failure_at(12'500, Outcome::kRefused, "");
  traced.endpoint = "10.244.0.7:8080";
  EXPECT_EQ(attribution_of(traced, {young, old}, time_at(0)).pod, "web-1");
  traced.wall = time_at(25'000);
  EXPECT_EQ(attribution_of(traced, {old, young}, time_at(0)).pod, "web-9");
}

TEST(Attribution, DeducesTheOnlyPodThatWasNotSimplyReady) {
  const Failure blind = failure_at(12'500, Outcome::kClosed, "");
  const std::vector<PodLife> lives{sound_life("web-2", "10.244.0.8"), whole_life(),
                                   sound_life("web-3", "10.244.0.9")};
  const Report report = attributed({blind}, lives);
  EXPECT_EQ(report.losses[0].known_by, "deduced");
  EXPECT_EQ(report.losses[0].sentence,
            "closed without a whole answer by web-1 (the only one not simply ready then) 500 ms after "
            "SIGTERM, 2.3 s after its "
            "endpoint left the Service");
}

TEST(Attribution, SaysWhoItMayHaveBeenWhenItDoesNotKnow) {
  PodLife other = whole_life();
  other.pod = "web-4";
  const Report report = attributed({failure_at(12'500, Outcome::kClosed, "")},
                                   {whole_life(), other, sound_life("web-2", "10.244.0.8")});
  EXPECT_EQ(report.losses[0].phase, "unknown");
  EXPECT_EQ(report.losses[0].sentence,
            "closed without a whole answer by an unknown pod (one of web-1, web-4)");
  EXPECT_EQ(attributed({failure_at(1, Outcome::kClosed, "")}, {}).losses[0].sentence,
            "closed without a whole answer by an unknown pod");
}

TEST(Attribution, BlamesNoPodWhenTheServiceHadNone) {
  const Report report = attributed({failure_at(12'500, Outcome::kRefused, "")}, {whole_life()});
  EXPECT_EQ(report.losses[0].phase, "no-endpoint");
  EXPECT_EQ(report.losses[0].sentence, "refused by the Service, which had no ready endpoint");
}

TEST(Attribution, PutsFailuresOfAKindTogetherAndTheMostFrequentFirst) {
  std::vector<Failure> failures{failure_at(5'000, Outcome::kReset)};
  for (const int64_t ms : {12'040, 12'120, 12'990}) failures.push_back(failure_at(ms, Outcome::kRefused));
  failures.back().version = "v2";  // as it said itself
  const Report report = attributed(failures, {whole_life()});
  ASSERT_EQ(report.losses.size(), 3U);
  EXPECT_EQ(report.losses[0].count, 2U);
  EXPECT_EQ(report.losses[0].first_ms, 12'040);
  EXPECT_EQ(
      report.losses[0].sentence,
      "refused by web-1 40 ms to 120 ms after SIGTERM, 1.8 s to 1.9 s after its endpoint left the Service");
  EXPECT_EQ(report.verdict.losses_by_phase,
            (std::map<std::string, uint64_t>{{"after-sigterm", 3}, {"ready", 1}}));
  EXPECT_EQ(report.verdict.losses_by_version, (std::map<std::string, uint64_t>{{"v1", 3}, {"v2", 1}}));
}

TEST(Attribution, CountsWhatItCouldNotKeepAsUnknown) {
  Report report;
  report.failed = 10'007;
  report.kept_failures.assign(10'000, failure_at(5'000));
  attribute_losses(report, {whole_life()});
  EXPECT_EQ(report.unattributed, 7U);
  EXPECT_EQ(report.verdict.losses_by_phase["unknown"], 7U);
  EXPECT_EQ(report.losses[0].count, 10'000U);
}

}  // namespace
}  // namespace zdt::load
