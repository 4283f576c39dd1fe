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

class ResumeDeployAll : public Resume, public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(ResumeDeployAll, AfterSigkillAtACheckpointDoesNoStepTwice) {
  const auto& [checkpoint, step] = GetParam();
  ASSERT_TRUE(kill_at({"run", "deploy-all", "--ci"}, at_checkpoint(checkpoint)));
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(completions().size(), 3u);
  EXPECT_EQ(completions()[step], 1);
  for (const auto& [id, count] : completions()) EXPECT_EQ(count, 1) << id;
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, ResumeDeployAll,
                         ::testing::Values(std::pair{"cluster", "bring-the-cluster-up"},
                                           std::pair{"deployed", "deploy-the-workload-and-the-edge"},
                                           std::pair{"reachable", "requests-arrive-through-the-edge"}),
                         [](const auto& one) { return std::string(one.param.first); });

TEST_F(Resume, OfTheRolloutGoesOnAfterTheLastCheckpointThatHolds) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci"}).code, 0);
  ASSERT_TRUE(kill_at({"run", "rollout", "--ci"}, at_checkpoint("prepared")));
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(completions()["deploy-the-manifests-to-be-tested"], 1);
}

TEST_F(Resume, OfARolloutKilledInTheMiddleOfTheUpdateMeasuresAgainFromTheStart) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci"}).code, 0);
  ASSERT_TRUE(kill_at({"run", "rollout", "--ci", "--set", "hooks=none"}, [](const json& event) {
    return string_at(event, {"type"}) == "step-started" && string_at(event, {"step"}) == "count-what-was-lost";
  }));
  const host::Exit resumed = demo({"resume", "--ci"});
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_EQ(completions()["update-the-image"], 2) << "the image had been updated already: prepared no longer holds";
}

}  // namespace
}  // namespace zdt::e2e
