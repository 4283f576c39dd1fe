#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Resume : public Demo {
 protected:
  /// How often each step was done, over the whole journal. (One that was cut off by the kill begins twice.)
  std::map<std::string, int> completions() const {
    std::map<std::string, int> count;
    for (const json& event : journal()) {
      const bool done = string_at(event, {"type"}) == "step-finished" && string_at(event, {"status"}) == "passed";
      if (done) ++count[string_at(event, {"step"})];
    }
    return count;
  }

  static std::function<bool(const json&)> at_checkpoint(const std::string& name) {
    return [name](const json& event) {
      return string_at(event, {"type"}) == "checkpoint" && string_at(event, {"name"}) == name;
    };
  }
};

/// One run, killed at its first checkpoint, resumed, killed at the next one that it reaches, and so on to its end.
TEST_F(Resume, OfDeployAllAfterSigkillAtEachCheckpointDoesNoStepTwice) {
  const auto at_any = [](const json& event) { return string_at(event, {"type"}) == "checkpoint"; };
  ASSERT_TRUE(kill_at({"run", "deploy-all", "--ci", "--on", "rehearsal"}, at_any));
  int kills = 1;
  while (kills < 20 && kill_at({"resume", "--ci"}, at_any)) ++kills;
  EXPECT_GE(kills, 6) << "steps that run side by side may reach their checkpoints together";
  const json last = journal().back();
  EXPECT_EQ(string_at(last, {"status"}), "passed") << last.dump();
  EXPECT_EQ(completions().size(), 14u);
  for (const auto& [id, count] : completions()) EXPECT_EQ(count, 1) << id;
}

TEST_F(Resume, OfTheRolloutGoesOnAfterTheLastCheckpointThatHolds) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  ASSERT_TRUE(kill_at({"run", "rollout", "--ci", "--on", "rehearsal"}, at_checkpoint("prepared")));
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(completions()["deploy-the-manifests-to-be-tested"], 1);
}

// H6 of the list of faults: what deploy-all made was in motion for up to 14 s, and the resume was refused so long.
TEST_F(Resume, AfterAKillWithinTheUpdatePassesAtTheFirstTry) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  const auto updating = [](const json& event) { return string_at(event, {"type"}) == "step-started" && string_at(event, {"step"}) == "update-the-image"; };
  bool killed = false;
  watch({"run", "rollout", "--ci", "--on", "rehearsal", "--set", "speed=fast"}, [&](const json& event, host::Child& child) {
    if (killed || !updating(event)) return;
    killed = true;
    usleep(2'500'000);  // some pods are new, some are not
    child.signal(SIGKILL);
  });
  ASSERT_TRUE(killed);
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_NE(resumed.err.find("waiting while it changes: Rollout default/k8s-web-pool"), std::string::npos) << resumed.err;
}

TEST_F(Resume, OfARolloutKilledInTheMiddleOfTheUpdateMeasuresAgainFromTheStart) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  ASSERT_TRUE(kill_at({"run", "rollout", "--ci", "--on", "rehearsal", "--set", "hooks=none"}, [](const json& event) {
    return string_at(event, {"type"}) == "step-started" && string_at(event, {"step"}) == "count-what-was-lost";
  }));
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(completions()["update-the-image"], 2) << "the image had been updated already: prepared no longer holds";
}

class Interrupted : public Resume {
 protected:
  std::vector<std::string> steps_of(const std::string& script) {
    std::vector<std::string> ids;
    for (const json& step : array_at(document(demo({"run", script, "--on", "rehearsal", "--dry-run", "-o", "json"})), {"steps"}))
      ids.push_back(string_at(step, {"id"}));
    return ids;
  }
  /// Ctrl-C half a second after the step began, which runs finally; then a resume to the end.
  void expect_the_verdict_of_an_undisturbed_run(const std::string& script, const std::string& step) {
    const auto begins = [&](const json& event) { return string_at(event, {"type"}) == "step-started" && string_at(event, {"step"}) == step; };
    bool asked = false;
    const host::Exit cut_off = watch({"run", script, "--ci", "--on", "rehearsal", "--set", "speed=fast"}, [&](const json& event, host::Child& child) {
      if (asked || !begins(event)) return;
      asked = true;
      usleep(500'000);
      child.signal(SIGINT);
    });
    ASSERT_TRUE(asked) << script << " " << step;
    if (cut_off.code == 0) return;  // the step was the last, and over
    EXPECT_EQ(cut_off.code, 130) << script << " " << step << cut_off.err;
    const host::Exit resumed = demo({"resume", "--ci"}, milliseconds(600'000));
    EXPECT_EQ(resumed.code, 0) << script << " " << step << "\n" << resumed.out << resumed.err;
  }
};

// finally had put other manifests back, the first step's checkpoint held, and 160 requests were lost that no cluster lost.
// ZDT_TEST_INTERRUPT="rollout probes": each step of each of these scripts; without it, the step of rollout that was seen to fail.
TEST_F(Interrupted, AResumeEndsAsARunThatNobodyInterrupted) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  const char* wanted = std::getenv("ZDT_TEST_INTERRUPT");
  if (wanted == nullptr) return expect_the_verdict_of_an_undisturbed_run("rollout", "update-the-image");
  for (const std::string& script : split(wanted, ' ')) {
    for (const std::string& step : steps_of(script)) expect_the_verdict_of_an_undisturbed_run(script, step);
  }
}

}  // namespace
}  // namespace zdt::e2e
