#include <signal.h>
#include <unistd.h>

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

}  // namespace
}  // namespace zdt::e2e
