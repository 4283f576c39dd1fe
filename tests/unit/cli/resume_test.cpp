#include "unit/cli/cli_world.h"

namespace zdt::cli {

class ResumeTest : public CliTest {
 protected:
  /// "one" has a checkpoint; "two" fails while the file `blocked` is there; both add to the file `did`.
  ResumeTest() {
    write("work.lua", R"(
      local function did(what) zdt.shell { "sh", "-c", "printf '%s ' " .. what .. " >> did" } end
      local function there(file) return zdt.shell({ "test", "-e", file }, { check = false }).code == 0 end
      return zdt.script { name = "work", params = { tag = "v1" },
        zdt.step { "One", checkpoint = "one", run = function(s) did "one" s.state.from_one = s.params.tag end,
          verify = function() return not there "lost" end },
        zdt.step { "Two", run = function(s) did("two-" .. s.state.from_one) zdt.expect("blocked", there "blocked"):equals(false) end },
        zdt.step { "Three", run = function() did "three" end } })");
    put("blocked");
  }
  void put(const std::string& file) { ASSERT_TRUE(host::write_file(host.root / file, "")); }
  void take_away(const std::string& file) { host::fs::remove(host.root / file); }
  std::string did() {
    auto text = host::read_file(host.root / "did");
    host::fs::remove(host.root / "did");
    return text ? *text : "";
  }
};

TEST_F(ResumeTest, GoesOnAfterTheLastCheckpointThatHolds) {
  EXPECT_EQ(run({"run", "work", "--set", "tag=v2"}), 1) << everything();
  EXPECT_EQ(did(), "one two-v2 ");
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "two-v2 three ");
  EXPECT_EQ(run_folders().size(), 1u);
}

TEST_F(ResumeTest, ACheckpointThatNoLongerHoldsIsDoneAgain) {
  run({"run", "work"});
  did();
  take_away("blocked");
  put("lost");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "one two-v1 three ");
  EXPECT_TRUE(said("checkpoint one does not hold")) << everything();
}

TEST_F(ResumeTest, NothingToResumeIsSaidWithWhatToType) {
  EXPECT_EQ(run({"resume"}), 2);
  EXPECT_TRUE(said("no unfinished run")) << everything();
  EXPECT_TRUE(said("zdt-demo run")) << everything();
  take_away("blocked");
  run({"run", "work"});
  EXPECT_EQ(run({"resume"}), 2) << "a run that passed is finished";
}

// An earlier version left an empty folder, or one with an empty journal, when it was killed in its first moments.
TEST_F(ResumeTest, WhatWasEndedBeforeItBeganIsPassedOverAndSaidByItsId) {
  run({"run", "work"});
  did();
  const auto runs = host.state / "runs";
  host::fs::create_directory(runs / "20990101T000000.000Z-work-aaaa");
  ASSERT_TRUE(host::write_file(runs / "20990101T000000.000Z-work-bbbb/journal.jsonl", ""));
  for (const char* id : {"20990101T000000.000Z-work-aaaa", "20990101T000000.000Z-work-bbbb"}) {
    EXPECT_EQ(run({"resume", id}), 2);
    EXPECT_TRUE(said("was ended before it began")) << everything();
  }
  EXPECT_EQ(run({"resume", "../runs"}), 2);
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "two-v1 three ");
}

TEST_F(ResumeTest, ARunThatIsRefusedLeavesNoFolder) {
  write("needy.lua", R"(return zdt.script { name = "needy", needs = { "nothing-of-that-name" }, zdt.step { "One", run = function() end } })");
  EXPECT_EQ(run({"run", "needy"}), 2);
  EXPECT_TRUE(run_folders().empty());
}

TEST_F(ResumeTest, AnUnknownRunIsAMistake) {
  EXPECT_EQ(run({"resume", "no-such-run"}), 2);
  EXPECT_TRUE(said("no-such-run")) << everything();
}

TEST_F(ResumeTest, ARunIsNamedByItsId) {
  run({"run", "work"});
  run({"run", "work"});
  did();
  take_away("blocked");
  const auto first = run_folders().front();
  EXPECT_EQ(run({"resume", first.filename().string()}), 0) << everything();
  EXPECT_NE(host::read_file(first / "journal.jsonl")->find("\"resumed\":true"), std::string::npos);
}

TEST_F(ResumeTest, AMistypedRunDoesNotHideTheUnfinishedOne) {
  run({"run", "work"});
  did();
  run({"run", "work", "--from", "nowhere"});
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "two-v1 three ");
}

TEST_F(ResumeTest, AJournalThatWasCutWithinALineSaysSoAndGoesOn) {
  run({"run", "work"});
  did();
  const auto journal = run_folders().back() / "journal.jsonl";
  const std::string text = host::read_file(journal).value();
  host::fs::resize_file(journal, text.size() - 10);
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_NE(err().find("the journal was cut within a line"), std::string::npos) << err();
  EXPECT_EQ(did(), "two-v1 three ");
}

TEST_F(ResumeTest, AScriptThatIsNotNamedAsItsFileIsFoundAgain) {
  write("file.lua", R"(return zdt.script { name = "called-otherwise", zdt.step { "One", run = function()
    zdt.expect("blocked", zdt.shell({ "test", "-e", "blocked" }, { check = false }).code):equals(1) end } })");
  EXPECT_EQ(run({"run", "file"}), 1) << everything();
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
}

TEST_F(ResumeTest, TheSelectionOfTheRunStillHolds) {
  EXPECT_EQ(run({"run", "work", "--skip", "three"}), 1);
  did();
  take_away("blocked");
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "two-v1 ");
}

TEST_F(ResumeTest, RestartBeginsAnewAndLeavesNothingToResume) {
  run({"run", "work"});
  run({"run", "work", "--restart", "--from", "nowhere"});
  EXPECT_FALSE(said("given up")) << "a run that is refused replaces none\n" << everything();
  did();
  take_away("blocked");
  EXPECT_EQ(run({"run", "work", "--restart"}), 0) << everything();
  EXPECT_TRUE(said("given up: " + run_folders().front().filename().string())) << everything();
  EXPECT_EQ(did(), "one two-v1 three ");
  EXPECT_EQ(run({"resume"}), 2) << everything();
  EXPECT_EQ(run({"run", "work", "--restart"}), 0) << everything();
  EXPECT_FALSE(said("given up")) << everything();
}

TEST_F(ResumeTest, AnUnfinishedRunStaysWhereRunBeginsAnewWithoutRestart) {
  run({"run", "work"});
  take_away("blocked");
  EXPECT_EQ(run({"run", "work"}), 0);
  did();
  EXPECT_EQ(run({"resume"}), 0) << everything();
  EXPECT_EQ(did(), "two-v1 three ");
}

TEST_F(ResumeTest, AScriptThatIsGoneIsSaid) {
  run({"run", "work"});
  host::fs::remove(host.root / "scripts/work.lua");
  EXPECT_EQ(run({"resume"}), 2);
  EXPECT_TRUE(said("work")) << everything();
}

}  // namespace zdt::cli
