#include "stage/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <random>

#include "unit/stage/stage_world.h"

namespace zdt::stage {
namespace {

const WallTime kMidnight{std::chrono::seconds(1'767'225'600)};

Event event(uint64_t seq, std::string type, std::string step = "", json data = json::object()) {
  return {kMidnight + milliseconds(seq), seq, std::move(type), "rollout", std::move(step), std::move(data)};
}

Event started(uint64_t seq, std::vector<std::string> ids = {"a", "b", "c"}) {
  json steps = json::array();
  for (const std::string& id : ids) steps.push_back({{"id", id}});
  return event(seq, "run-started", "",
               {{"target", "rehearsal"}, {"params", {{"tag", "v1"}}}, {"steps", steps}, {"format", 1}});
}
Event finished(uint64_t seq, std::string step, std::string status = "passed") {
  return event(seq, "step-finished", std::move(step), {{"status", status}, {"state", {{"seq", seq}}}});
}

void append_text(const host::fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

class JournalTest : public testing::Test {
 protected:
  host::fs::path file() const { return folder.path() / "journal.jsonl"; }
  std::unique_ptr<Journal> open() {
    auto journal = Journal::open(folder.path());
    EXPECT_TRUE(journal) << (journal ? "" : journal.error().what);
    return journal ? std::move(*journal) : nullptr;
  }
  void write(const std::vector<Event>& events) {
    auto journal = open();
    for (const Event& each : events) journal->receive(each);
    EXPECT_TRUE(journal->health());
  }
  JournalContent read() {
    auto content = read_journal(folder.path());
    EXPECT_TRUE(content) << (content ? "" : content.error().what);
    return content ? std::move(*content) : JournalContent{};
  }
  host::TempDir folder{"zdt-journal"};
};

TEST_F(JournalTest, WhatIsWrittenIsReadBack) {
  write({started(1), event(2, "step-started", "a"), finished(3, "a")});
  const JournalContent content = read();
  ASSERT_EQ(content.events.size(), 3U);
  EXPECT_FALSE(content.cut);
  EXPECT_EQ(content.script, "rollout");
  EXPECT_EQ(content.target, "rehearsal");
  EXPECT_EQ(content.params["tag"], "v1");
  EXPECT_EQ(content.last_seq, 3U);
  EXPECT_FALSE(content.finished);
  EXPECT_EQ(content.events[1].step, "a");
}

TEST_F(JournalTest, OnlyItsOwnerMayReadIt) {
  write({started(1)});
  struct stat facts {};
  ASSERT_EQ(stat(file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(JournalTest, ASecondWriterIsRefusedWhileTheFirstLives) {
  auto first = open();
  auto second = Journal::open(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  first.reset();
  EXPECT_TRUE(Journal::open(folder.path()));
}

TEST_F(JournalTest, AMissingJournalIsNotFoundAndAMissingFolderCannotBeOpened) {
  EXPECT_EQ(read_journal(folder.path()).error().code, Code::kNotFound);
  EXPECT_EQ(Journal::open(folder.path() / "nowhere").error().code, Code::kEnvironment);
}

TEST_F(JournalTest, ABrokenLineThatIsNotTheLastIsNamed) {
  write({started(1)});
  append_text(file(), "not json\n" + to_line(finished(3, "a")));
  auto content = read_journal(folder.path());
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, Code::kInvalid);
  EXPECT_NE(content.error().what.find("journal.jsonl:2"), std::string::npos) << content.error().what;
  EXPECT_FALSE(Journal::open(folder.path()));
}

TEST_F(JournalTest, ABrokenLastLineIsIgnoredAndCutOffByTheNextWriter) {
  write({started(1)});
  append_text(file(), std::string("\0\0\0{\n", 5));
  EXPECT_TRUE(read().cut);
  write({finished(2, "a")});
  const JournalContent content = read();
  EXPECT_FALSE(content.cut);
  EXPECT_EQ(content.events.size(), 2U);
}

TEST_F(JournalTest, CutAtAnyByteOfItsLastTwoLinesItIsReadUpToTheLastWholeOneAndWrittenOn) {
  write({started(1), finished(2, "a"), event(3, "log", "b", {{"text", "ä line\nbreak"}}), finished(4, "b")});
  const std::string whole = *host::read_file(file());
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const size_t last_but_one = whole.rfind('\n', last - 2) + 1;
  for (size_t length = last_but_one; length <= whole.size(); ++length) {
    ASSERT_TRUE(host::write_file(file(), whole.substr(0, length)));
    const size_t lines = length == whole.size() ? 4 : length >= last ? 3 : 2;
    const JournalContent content = read();
    ASSERT_EQ(content.events.size(), lines) << "cut at byte " << length;
    ASSERT_EQ(content.cut, whole[length - 1] != '\n') << "cut at byte " << length;
    ASSERT_EQ(content.last_seq, lines);
    write({event(lines + 1, "note")});
    const JournalContent longer = read();
    ASSERT_EQ(longer.events.size(), lines + 1) << "cut at byte " << length;
    ASSERT_FALSE(longer.cut);
  }
}

TEST_F(JournalTest, AJournalOfANewerFormatIsRefused) {
  write({event(1, "run-started", "", {{"format", 2}})});
  EXPECT_EQ(read_journal(folder.path()).error().code, Code::kInvalid);
}

TEST_F(JournalTest, FinishedMeansPassedAndAResumeOpensItAgain) {
  write({started(1), event(2, "run-finished", "", {{"status", "failed"}})});
  EXPECT_FALSE(read().finished);
  write({started(3), event(4, "run-finished", "", {{"status", "passed"}})});
  EXPECT_TRUE(read().finished);
  write({started(5)});
  EXPECT_FALSE(read().finished);
}

TEST_F(JournalTest, HistoryKnowsHowEachStepEndedAndTheLatestState) {
  write({started(1), finished(2, "a"), event(3, "step-skipped", "b", {{"reason", "skipped by the speaker"}}),
         finished(4, "c", "timed-out")});
  const History history = read().history();
  EXPECT_EQ(history.steps, (std::map<std::string, Status>{
                               {"a", Status::kPassed}, {"b", Status::kSkipped}, {"c", Status::kTimedOut}}));
  EXPECT_EQ(history.state["seq"], 4);
}

TEST_F(JournalTest, HistoryKnowsWhatWasOverWhenFinallyBeganAndNotDoneSince) {
  write({started(1), finished(2, "a"), finished(3, "b"), event(4, "clean-up-started", "", {{"index", 0}}), started(5),
         event(6, "step-started", "b"), finished(7, "b")});
  EXPECT_EQ(read().history().cleaned_up, std::set<std::string>{"a"});
}

TEST_F(JournalTest, HistoryForgetsWhatWasUndone) {
  write({started(1), finished(2, "a"), finished(3, "b"),
         event(4, "undo-finished", "b", {{"status", "passed"}, {"state", {{"seq", 2}}}})});
  const History history = read().history();
  EXPECT_EQ(history.steps.count("b"), 0U);
  EXPECT_EQ(history.steps.count("a"), 1U);
  EXPECT_EQ(history.state["seq"], 2);
}

TEST_F(JournalTest, HistoryForgetsTheStepsBehindOneThatWasStartedAgain) {
  write({started(1), finished(2, "a"), finished(3, "b"), finished(4, "c"), started(5),
         event(6, "step-started", "b")});
  EXPECT_EQ(read().history().steps, (std::map<std::string, Status>{{"a", Status::kPassed}}));
}

TEST_F(JournalTest, HistoryKeepsTheStepsThatDidNotWaitForTheOneThatWasStartedAgain) {
  const json steps = json::parse(R"([{"id":"a"},{"id":"b","after":[]},{"id":"c","after":["a"]},{"id":"d","after":["b"]}])");
  write({event(1, "run-started", "", {{"steps", steps}, {"format", 1}}), finished(2, "a"), finished(3, "b"),
         finished(4, "c"), finished(5, "d"), event(6, "step-started", "a")});
  EXPECT_EQ(read().history().steps, (std::map<std::string, Status>{{"b", Status::kPassed}, {"d", Status::kPassed}}));
}

TEST_F(JournalTest, HistoryKeepsAStepThatHeldOrWasNotSelected) {
  write({started(1), finished(2, "a"), started(3), event(4, "step-skipped", "a", {{"reason", "holds"}}),
         event(5, "step-skipped", "b", {{"reason", "not selected"}})});
  EXPECT_EQ(read().history().steps, (std::map<std::string, Status>{{"a", Status::kPassed}}));
}

/// A limit on file sizes stands in for a full disk: write(2) writes a part, then fails with EFBIG.
TEST_F(JournalTest, AFailedWriteIsRememberedAndLeavesNoHalfLine) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto journal = open();
  journal->receive(started(1));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = host::fs::file_size(file()) + 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  journal->receive(finished(2, "a"));
  setrlimit(RLIMIT_FSIZE, &before);
  journal->receive(finished(3, "b"));
  ASSERT_FALSE(journal->health());
  EXPECT_EQ(journal->health().error().code, Code::kEnvironment);
  EXPECT_NE(journal->health().error().what.find("cannot write"), std::string::npos);
  const JournalContent content = read();
  EXPECT_EQ(content.events.size(), 1U);
  EXPECT_FALSE(content.cut);
}

TEST_F(JournalTest, AWriterThatIsKilledAtAnyMomentLeavesEveryLineThatItReported) {
  std::mt19937 random(7);
  uint64_t written = 0;
  for (int round = 0; round < 20; ++round) {
    int reports[2];
    ASSERT_EQ(pipe(reports), 0);
    ASSERT_GT(fcntl(reports[1], F_SETPIPE_SZ, 4096), 0);  // so that the writer cannot run far ahead of us
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {  // writes for ever, and reports each number once its event is in the journal
      auto journal = Journal::open(folder.path());
      if (!journal) _exit(3);
      for (uint64_t seq = written + 1;; ++seq) {
        (*journal)->receive(event(seq, "log", "a", {{"text", std::string(seq % 300, 'x')}}));
        if (::write(reports[1], &seq, sizeof seq) != sizeof seq) _exit(4);
      }
    }
    close(reports[1]);
    uint64_t reported = 0;
    for (auto left = std::uniform_int_distribution<int>(1, 400)(random); left > 0; --left) {
      if (::read(reports[0], &reported, sizeof reported) != sizeof reported) break;
    }
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    close(reports[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ", exit " << WEXITSTATUS(status);
    const JournalContent content = read();
    ASSERT_GE(content.last_seq, reported) << "round " << round;
    ASSERT_EQ(content.events.size(), content.last_seq) << "a line is missing in round " << round;
    written = content.last_seq;
  }
}

namespace {

/// A new run with its first line.
host::fs::path begun(const host::fs::path& state, WallTime now = kMidnight, const std::string& script = "rollout") {
  const auto folder = name_run_folder(state, script, now);
  auto journal = Journal::begin(folder);
  if (!journal) throw std::runtime_error(journal.error().what);
  (*journal)->receive(started(1));
  return folder;
}

}  // namespace

TEST(RunFolder, IsPrivateAndNamedAfterTimeAndScript) {
  const host::TempDir state("zdt-runs");
  const auto folder = begun(state.path() / "deep" / "state", kMidnight + milliseconds(5), "experiments/Rollout");
  EXPECT_EQ(folder.parent_path(), state.path() / "deep" / "state" / "runs");
  EXPECT_TRUE(folder.filename().string().starts_with("20260101T000000.005Z-experiments-rollout-"));
  EXPECT_EQ(folder.filename().string().size(),
            std::string("20260101T000000.005Z-experiments-rollout-xxxx").size());
  for (const auto& each : {folder, folder.parent_path(), folder.parent_path().parent_path()}) {
    struct stat facts {};
    ASSERT_EQ(stat(each.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0700U) << each;
  }
}

TEST(RunFolder, AppearsWithTheFirstLineAndNotBefore) {
  const host::TempDir state("zdt-runs");
  const auto folder = name_run_folder(state.path(), "rollout", kMidnight);
  auto journal = Journal::begin(folder);
  ASSERT_TRUE(journal);
  EXPECT_FALSE(host::fs::exists(folder));
  EXPECT_FALSE(newest_unfinished_run(state.path()));
  (*journal)->receive(started(1));
  EXPECT_EQ(read_journal(folder)->events.size(), 1U);
  EXPECT_EQ(Journal::open(folder).error().code, Code::kConflict) << "it is locked from the start";
  (*journal)->receive(event(2, "log", "", {}));
  EXPECT_EQ(read_journal(folder)->last_seq, 2U);
  EXPECT_TRUE((*journal)->health());

  journal = Journal::begin(name_run_folder(state.path(), "rollout", kMidnight));
  ASSERT_TRUE(journal);
  journal->reset();
  const auto runs = host::fs::directory_iterator(folder.parent_path());
  EXPECT_EQ(std::distance(begin(runs), end(runs)), 1) << "a run without a line leaves nothing";
}

// At any moment before the first line: the hidden folder without and with its journal.
TEST(RunFolder, WhatAProgramLeftThatWasKilledBeforeItsFirstLineGoesWithTheNextRun) {
  const host::TempDir state("zdt-runs");
  const auto folder = begun(state.path()), runs = folder.parent_path();
  for (const char* name : {".with", ".without", ".young", ".held"}) host::fs::create_directory(runs / name);
  for (const char* name : {".with", ".held"}) append_text(runs / name / "journal.jsonl", "");
  const host::UniqueFd held(::open((runs / ".held/journal.jsonl").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  for (const char* name : {".with", ".without", ".held"}) {
    host::fs::last_write_time(runs / name, host::fs::file_time_type::clock::now() - std::chrono::minutes(2));
  }
  EXPECT_EQ(*newest_unfinished_run(state.path()), folder);
  begun(state.path());
  EXPECT_FALSE(host::fs::exists(runs / ".with") || host::fs::exists(runs / ".without"));
  EXPECT_TRUE(host::fs::exists(runs / ".young") && host::fs::exists(runs / ".held")) << "their programs may be alive";
}

TEST(RunFolder, TheNewestUnfinishedRunIsFound) {
  const host::TempDir state("zdt-runs");
  std::vector<host::fs::path> folders;
  for (const char* status : {"failed", "interrupted", "passed"}) {
    folders.push_back(begun(state.path(), kMidnight + std::chrono::seconds(folders.size())));
    (*Journal::open(folders.back()))->receive(event(2, "run-finished", "", {{"status", status}}));
  }
  host::fs::create_directory(state.path() / "runs/20260101T000009.000Z-rollout-xxxx");  // of an earlier version, killed at once
  EXPECT_EQ(*newest_unfinished_run(state.path()), folders[1]);
}

TEST(RunFolder, TheStepsThatRanWhenTheProgramWasKilledAreKnown) {
  const host::TempDir state("zdt-runs");
  const auto folder = begun(state.path());
  auto journal = Journal::open(folder);
  auto add = [&, seq = uint64_t{1}](const char* type, const char* step) mutable { (*journal)->receive(event(++seq, type, step, {{"status", "passed"}})); };
  add("step-started", "a");
  add("log", "a");
  add("step-started", "b");
  add("step-finished", "a");
  add("log", "b");
  add("undo-started", "c");
  EXPECT_EQ(read_journal(folder)->cut_off, (std::vector<std::string>{"b", "c"}));
  add("run-finished", "");
  EXPECT_TRUE(read_journal(folder)->cut_off.empty());
}

// A cluster that does not know a kind is a usage error, too, and comes in the middle of a run.
TEST(RunFolder, ARunThatWasRefusedIsPassedOverAndOneThatFailedLikeItIsNot) {
  for (const bool began : {false, true}) {
    const host::TempDir state("zdt-runs");
    auto journal = Journal::open(begun(state.path()));
    ASSERT_TRUE(journal);
    if (began) (*journal)->receive(event(2, "step-started", "update", {{"title", "Update"}}));
    (*journal)->receive(event(3, "run-finished", "", {{"status", "error"}, {"error", {{"code", "usage"}, {"what", "no"}}}}));
    journal->reset();
    EXPECT_EQ(newest_unfinished_run(state.path()).has_value(), began);
  }
}

TEST(RunFolder, ARunThatWasGivenUpIsPassedOverUntilItIsResumed) {
  const host::TempDir state("zdt-runs");
  const auto first = begun(state.path()), second = begun(state.path(), kMidnight + std::chrono::seconds(1));
  EXPECT_FALSE(newest_unfinished_run(state.path(), "another"));
  EXPECT_EQ(*newest_unfinished_run(state.path(), "rollout"), second);
  {
    auto running = Journal::open(second);
    EXPECT_EQ(give_up_run(second, [] { return kMidnight; }, "restarted").error().code, Code::kConflict);
  }
  ASSERT_TRUE(give_up_run(second, [] { return kMidnight; }, "restarted"));
  EXPECT_EQ(*newest_unfinished_run(state.path()), first);
  const Event last = read_journal(second)->events.back();
  EXPECT_EQ(last.type, "run-given-up");
  EXPECT_EQ(last.seq, 2U);
  EXPECT_EQ(last.data["reason"], "restarted");
  (*Journal::open(second))->receive(started(3));
  EXPECT_EQ(*newest_unfinished_run(state.path()), second);
}

TEST(RunFolder, WithoutAnUnfinishedRunTheHintSaysWhatToRun) {
  const host::TempDir state("zdt-runs");
  auto none = newest_unfinished_run(state.path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_EQ(none.error().hint, "zdt-demo run SCRIPT starts one");
}

TEST(RunFolder, ABrokenJournalDoesNotHideAnOlderRun) {
  const host::TempDir state("zdt-runs");
  const auto older = begun(state.path()), newer = begun(state.path(), kMidnight + std::chrono::seconds(1));
  append_text(newer / "journal.jsonl", "broken\nbroken\n");
  EXPECT_EQ(*newest_unfinished_run(state.path()), older);
}

}  // namespace zdt::stage
