// The promise of docs/journal.md: killed at any moment, a run resumes with no step done twice that has a
// checkpoint.
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <random>

#include "stage/journal.h"
#include "unit/stage/stage_world.h"

namespace zdt::stage {
namespace {

constexpr int kSteps = 12;

/// Every step appends its id to `deeds`, the outside world of this test; a checkpoint stands behind every
/// second one.   rows  1: all steps in a row; else so many rows side by side, and a last step after all of them.
Plan deeds_plan(const host::fs::path& deeds, int rows) {
  Plan plan;
  plan.script = "rollout";
  for (int number = 0; number < kSteps; ++number) {
    Step step;
    step.id = fmt::format("s{}", number);
    if (number / rows % 2 == 1) step.checkpoint = "after-" + step.id;
    if (rows > 1) step.after.emplace();
    if (rows > 1 && number >= rows) step.after->push_back(fmt::format("s{}", number - rows));
    step.run = [deeds, id = step.id, number](StepContext& context) -> Task<Result<void>> {
      co_await sleep_for(std::chrono::microseconds(200 + 100 * (number % 4)));
      context.state[id] = true;
      std::ofstream(deeds, std::ios::app) << id << "\n";
      co_return Result<void>{};
    };
    plan.steps.push_back(std::move(step));
  }
  plan.steps.back().after.reset();
  return plan;
}

/// Executes or resumes the run in `folder`; the status of its outcome.
Status run_in(const host::fs::path& folder, int rows) {
  asio::io_context loop;
  auto before = read_journal(folder);
  auto journal = Journal::open(folder);
  if (!journal) return Status::kError;
  Bus bus([] { return std::chrono::system_clock::now(); }, before ? before->last_seq : 0);
  bus.add(**journal);
  Pilot pilot;
  Engine engine(bus, pilot);
  Options options;
  if (before && !before->events.empty()) options.resume = before->history();
  Outcome outcome;
  asio::co_spawn(loop, engine.execute(deeds_plan(folder / "deeds", rows), options),
                 [&](std::exception_ptr, Outcome value) { outcome = std::move(value); });
  loop.run();
  return outcome.status;
}

/// How many steps were running when the journal ends.
size_t running_at_the_end(const host::fs::path& folder) {
  auto content = read_journal(folder);
  std::set<std::string> running;
  for (const Event& event : content ? content->events : std::vector<Event>{}) {
    if (event.type == "run-started") running.clear();
    if (event.type == "step-started") running.insert(event.step);
    if (event.type == "step-finished") running.erase(event.step);
  }
  return running.size();
}

}  // namespace

class KilledRun : public testing::TestWithParam<int> {};

TEST_P(KilledRun, ResumesWithNoCheckpointedStepDoneTwiceAfterItWasRecorded) {
  std::mt19937 random(11);
  int kills = 0, among_several = 0;
  for (int round = 0; round < 10; ++round) {
    const host::TempDir folder("zdt-killed");
    int longest = 6000;  // microseconds; grows, so that a slow machine ends the test, too
    for (bool passed = false; !passed; longest += longest / 4) {
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) _exit(run_in(folder.path(), GetParam()) == Status::kPassed ? 0 : 1);
      const auto patience =
          std::chrono::microseconds(std::uniform_int_distribution<int>(500, longest)(random));
      asio::io_context clock;
      asio::steady_timer timer(clock, patience);
      timer.wait();
      kill(child, SIGKILL);
      int status = 0;
      waitpid(child, &status, 0);
      passed = WIFEXITED(status);
      ASSERT_TRUE(!passed || WEXITSTATUS(status) == 0);
      kills += passed ? 0 : 1;
      among_several += running_at_the_end(folder.path()) > 1 ? 1 : 0;
    }
    // Once a step has ended with its checkpoint in the journal, it is never started again.
    auto content = read_journal(folder.path());
    ASSERT_TRUE(content);
    EXPECT_TRUE(content->finished);
    std::set<std::string> recorded;
    for (size_t index = 0; index < content->events.size(); ++index) {
      const Event& event = content->events[index];
      ASSERT_EQ(event.seq, index + 1);
      if (event.type == "step-finished" && event.data.contains("checkpoint")) recorded.insert(event.step);
      const bool again = event.type == "step-started" && recorded.count(event.step) > 0;
      EXPECT_FALSE(again) << event.step << " was done twice";
    }
    EXPECT_EQ(recorded.size(), static_cast<size_t>(kSteps / 2));
    EXPECT_EQ(content->history().state.size(), static_cast<size_t>(kSteps));
  }
  EXPECT_GT(kills, 0);
  EXPECT_EQ(among_several > 0, GetParam() > 1);
}

INSTANTIATE_TEST_SUITE_P(RowsSideBySide, KilledRun, testing::Values(1, 3), testing::PrintToStringParamName());

}  // namespace zdt::stage
