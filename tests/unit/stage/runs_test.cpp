// The runs that a machine remembers, and which of them go.
#include "stage/runs.h"

#include <gtest/gtest.h>

namespace zdt::stage {
namespace {

const WallTime kFirstDay{std::chrono::seconds(1'767'225'600)};

class RunsTest : public testing::Test {
 protected:
  /// A run of day `day`; end  "" (killed), given-up, or the status that it finished with. Returns its id.
  std::string write(int day, const std::string& end) {
    const auto folder = name_run_folder(state.path(), "rollout", kFirstDay + std::chrono::hours(24 * day));
    auto journal = Journal::begin(folder);
    EXPECT_TRUE(journal);
    Bus bus([day] { return kFirstDay + std::chrono::hours(24 * day); });
    bus.add(**journal);
    bus.emit("run-started", "rollout", "", {{"target", "rehearsal"}, {"steps", json::array()}, {"format", 1}});
    bus.emit("step-started", "rollout", "a", json::object());
    if (end == "given-up") {
      bus.emit("run-given-up", "rollout", "", {{"reason", "restarted"}});
    } else if (!end.empty()) {
      bus.emit("run-finished", "rollout", "", {{"status", end}});
    }
    return folder.filename().string();
  }
  std::vector<std::string> left() const {
    std::vector<std::string> ids;
    for (const auto& run : list_runs(state.path())) ids.push_back(run.id);
    return ids;
  }
  host::fs::path folder_of(const std::string& id) const { return state.path() / "runs" / id; }
  host::TempDir state{"zdt-runs"};
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_F(RunsTest, AreListedTheNewestFirstWithHowTheyEnded) {
  write(1, "passed");
  write(2, "");
  write(3, "given-up");
  write(4, "failed");
  ASSERT_TRUE(host::write_file(folder_of("zz-broken") / "journal.jsonl", "no event\nneither\n"));
  std::string told;
  for (const auto& run : list_runs(state.path())) told += fmt::format("{} {} {}|", run.script, run.status, run.resumable);
  EXPECT_EQ(told, " unreadable false|rollout failed true|rollout given up false|rollout unfinished true|rollout passed false|");
  EXPECT_EQ(list_runs(state.path())[1].target, "rehearsal");
}

TEST_F(RunsTest, TheNewestStay) {
  Ids ids;
  for (int day = 0; day < 5; ++day) ids.push_back(write(day, "passed"));
  EXPECT_EQ(prune_runs(state.path(), 2).value(), (Ids{ids[2], ids[1], ids[0]}));
  EXPECT_EQ(left(), (Ids{ids[4], ids[3]}));
  EXPECT_TRUE(prune_runs(state.path(), 2).value().empty());
}

TEST_F(RunsTest, TheOneThatRunsAndTheOneThatIsSparedStay) {
  const std::string spared = write(0, "passed"), running = write(1, "passed"), old = write(2, "passed"), newest = write(3, "passed");
  auto journal = Journal::open(folder_of(running));
  ASSERT_TRUE(journal);
  EXPECT_EQ(prune_runs(state.path(), 1, folder_of(spared)).value(), Ids{old});
  EXPECT_EQ(list_runs(state.path())[1].status, "running");
  EXPECT_EQ(left(), (Ids{newest, running, spared}));
}

TEST_F(RunsTest, TheOneThatAResumeGoesOnWithStaysOlderUnfinishedOnesGo) {
  const std::string older = write(0, ""), next = write(1, ""), newest = write(2, "passed");
  EXPECT_EQ(prune_runs(state.path(), 0).value(), (Ids{newest, older}));
  EXPECT_EQ(left(), Ids{next});
}

TEST_F(RunsTest, NothingIsLeftOfARunThatIsRemoved) {
  write(0, "passed");
  ASSERT_TRUE(prune_runs(state.path(), 0));
  EXPECT_TRUE(host::fs::is_empty(state.path() / "runs"));
}

}  // namespace zdt::stage
