// Child processes: output, input, exit codes, limits and what is left behind.
#include "host/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "base/text.h"
#include "host/descriptors.h"
#include "host/files.h"
#include "host/unique_fd.h"
#include "unit/host/on_loop.h"

namespace zdt::host {
namespace {

using zdt::testing::on_loop;
using zdt::testing::run_until;
using std::chrono::steady_clock;

Command shell(std::string script) {
  Command command;
  command.argv = {"/bin/sh", "-c", std::move(script)};
  return command;
}

Exit run_shell(std::string script) {
  asio::io_context loop;
  auto exit = on_loop(loop, run(shell(std::move(script))));
  EXPECT_TRUE(exit) << exit.error().what;
  return exit ? *exit : Exit{};
}

/// "" when the process has ended (or is a zombie that nobody has reaped yet).
std::string state_of(pid_t pid) {
  auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  if (!stat || stat->rfind(')') == std::string::npos) return "";
  const std::string state = stat->substr(stat->rfind(')') + 2, 1);
  return state == "Z" ? "" : state;
}

bool ends_soon(pid_t pid) {
  const auto end = steady_clock::now() + std::chrono::seconds(2);
  while (!state_of(pid).empty() && steady_clock::now() < end) usleep(1000);
  return state_of(pid).empty();
}

std::string content_of(const fs::path& file) {
  auto text = read_file(file);
  return text ? *text : text.error().what;
}

pid_t pid_in(const fs::path& file) {
  auto text = read_file(file);
  return text ? static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10)) : -1;
}

TEST(Run, CapturesBothStreamsAndTheExitCode) {
  const Exit exit = run_shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(exit.out, "out\n");
  EXPECT_EQ(exit.err, "err\n");
  EXPECT_EQ(exit.code, 3);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_FALSE(exit.ok());
}

TEST(Run, ASignalIs128AndItsNumber) {
  const Exit exit = run_shell("kill -TERM $$");
  EXPECT_EQ(exit.code, 128 + SIGTERM);
  EXPECT_EQ(exit.signal, SIGTERM);
}

TEST(Run, StreamsOutputAsItComes) {
  asio::io_context loop;
  TempDir folder("process");
  const fs::path fifo = folder.path() / "go";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  auto command = shell("echo first; read line < " + fifo.string() + "; echo second; echo err >&2");
  std::string out, err;
  command.on_output = [&](Stream stream, std::string_view chunk) {
    const bool was_empty = out.empty();
    (stream == Stream::kOut ? out : err).append(chunk);
    // The child goes on only when we have seen its first line.
    if (stream == Stream::kOut && was_empty) {
      UniqueFd fd(open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
      EXPECT_EQ(::write(fd.get(), "go\n", 3), 3);
    }
  };
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(out, "first\nsecond\n");
  EXPECT_EQ(err, "err\n");
  EXPECT_EQ(exit->out, out);
}

TEST(Run, GivesInputThatIsLongerThanAPipe) {
  asio::io_context loop;
  auto command = shell("wc -c");
  command.input = std::string(1'000'000, 'x');
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(trim(exit->out), "1000000");
}

TEST(Run, FeedsAndReadsAtOnceSoThatAFilterCannotBlock) {
  asio::io_context loop;
  auto command = shell("cat");
  command.input = std::string(900'000, 'y');
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out.size(), 900'000u);
}

TEST(Run, AChildThatDoesNotReadItsInputIsFine) {
  asio::io_context loop;
  auto command = shell("exit 4");
  command.input = std::string(1'000'000, 'x');
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 4);
}

TEST(Run, WithoutInputStdinIsEmpty) {
  EXPECT_EQ(run_shell("cat; readlink /proc/self/fd/0").out, "/dev/null\n");
}

TEST(Run, KeepsTheFirstBytesUpToTheCaptureLimit) {
  asio::io_context loop;
  auto command = shell("printf 0123456789; printf abcdefghij >&2");
  command.capture_limit = 4;
  size_t seen = 0;
  command.on_output = [&](Stream, std::string_view chunk) { seen += chunk.size(); };
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out, "0123");
  EXPECT_EQ(exit->err, "abcd");
  EXPECT_EQ(seen, 20u);
}

TEST(Run, AddsToTheEnvironmentAndReplacesInIt) {
  setenv("ZDT_TEST_KEPT", "kept", 1);
  setenv("ZDT_TEST_CHANGED", "old", 1);
  asio::io_context loop;
  auto command = shell("echo $ZDT_TEST_KEPT $ZDT_TEST_CHANGED $ZDT_TEST_ADDED");
  command.env = {{"ZDT_TEST_CHANGED", "new"}, {"ZDT_TEST_ADDED", "added"}};
  auto exit = on_loop(loop, run(std::move(command)));
  unsetenv("ZDT_TEST_KEPT");
  unsetenv("ZDT_TEST_CHANGED");
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out, "kept new added\n");
}

TEST(Run, StartsInTheGivenFolder) {
  asio::io_context loop;
  TempDir folder("process");
  auto command = shell("pwd");
  command.cwd = folder.path();
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(trim(exit->out), folder.path().string());
}

TEST(Run, AMissingProgramIsNamed) {
  asio::io_context loop;
  Command command;
  command.argv = {"no-such-program-zdt"};
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kEnvironment);
  EXPECT_TRUE(exit.error().what.starts_with("no-such-program-zdt is not installed")) << exit.error().what;
}

TEST(Run, AMissingFolderIsNotAMissingProgram) {
  asio::io_context loop;
  auto command = shell("true");
  command.cwd = "/no/such/folder";
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kEnvironment);
  EXPECT_NE(exit.error().what.find("/no/such/folder"), std::string::npos) << exit.error().what;
}

TEST(Run, ALogFileThatCannotBeMadeIsNotAMissingProgram) {
  asio::io_context loop;
  auto command = shell("true");
  command.log_file = "/no/such/folder/log";
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kEnvironment);
  EXPECT_NE(exit.error().what.find("/no/such/folder/log"), std::string::npos) << exit.error().what;
}

TEST(Run, AProgramThatIsNotExecutableSaysWhy) {
  asio::io_context loop;
  TempDir folder("process");
  ASSERT_TRUE(write_file(folder.path() / "plain", "x", 0600));
  Command command;
  command.argv = {(folder.path() / "plain").string()};
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kEnvironment);
  EXPECT_NE(exit.error().what.find("Permission denied"), std::string::npos) << exit.error().what;
}

TEST(Run, BothStreamsGoToALogFileOnlyWeCanRead) {
  asio::io_context loop;
  TempDir folder("process");
  const fs::path log = folder.path() / "log";
  for (const char* word : {"one", "two"}) {
    auto command = shell(fmt::format("echo {0}; echo {0}-err >&2", word));
    command.log_file = log;
    auto exit = on_loop(loop, run(std::move(command)));
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->out + exit->err, "");
  }
  EXPECT_EQ(*read_file(log), "one\none-err\ntwo\ntwo-err\n");
  EXPECT_EQ(fs::status(log).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Run, GivesAStreamToADescriptorThatStaysOurs) {
  asio::io_context loop;
  TempDir folder("process");
  UniqueFd file(open((folder.path() / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  auto command = shell("echo there; echo here >&2");
  command.out_fd = file.get();
  auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out, "");
  EXPECT_EQ(exit->err, "here\n");
  EXPECT_EQ(::write(file.get(), "still ours\n", 11), 11);
  EXPECT_EQ(*read_file(folder.path() / "out"), "there\nstill ours\n");
}

// helm marks its release as failed on SIGTERM; killed at once it leaves it pending, and refuses every later operation.
TEST(Run, TheLimitIsASigtermAndTimeToCleanUp) {
  asio::io_context loop;
  TempDir folder("process");
  // More than a pipe takes: what it prints while it cleans up must not hold it up.
  auto command = shell("trap 'head -c 300000 /dev/zero; echo clean >" + (folder.path() / "end").string() +
                       "; exit 0' TERM; echo >" + (folder.path() / "up").string() + "; while :; do sleep 0.01; done");
  command.limit = milliseconds(300);
  const auto exit = on_loop(loop, run(std::move(command)));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kTimeout);
  EXPECT_EQ(content_of(folder.path() / "end"), "clean\n");
}

TEST(Run, CancelledTheChildHasTimeToCleanUpAndTheTaskEndsAfterIt) {
  asio::io_context loop;
  TempDir folder("process");
  auto command = shell("trap 'sleep 0.1; echo clean >" + (folder.path() / "end").string() + "; exit 0' TERM; echo up; while :; do sleep 0.01; done");
  bool up = false;
  command.on_output = [&](Stream, std::string_view) { up = true; };
  Background task(loop.get_executor(), [](Command one) -> Task<void> { auto ignored = co_await run(std::move(one)); }(std::move(command)));
  run_until(loop, [&] { return up; });
  task.stop();
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(fs::exists(folder.path() / "end"));
}

TEST(Run, WhatIgnoresSigtermIsKilledAfterTheGraceWithItsGroup) {
  asio::io_context loop;
  TempDir folder("process");
  const fs::path file = folder.path() / "pid";
  auto command = shell("trap '' TERM; sleep 60 & echo $! >" + file.string() + "; wait; wait");
  command.limit = milliseconds(300);
  command.grace = milliseconds(100);
  const auto began = steady_clock::now();
  EXPECT_FALSE(on_loop(loop, run(std::move(command))));
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(3));
  ASSERT_GT(pid_in(file), 0);
  EXPECT_TRUE(ends_soon(pid_in(file)));
}

TEST(Run, ASecondCancellationEndsTheGrace) {
  asio::io_context loop;
  auto command = shell("trap '' TERM; echo up; while :; do sleep 0.01; done");
  command.grace = milliseconds(60'000);
  bool up = false;
  command.on_output = [&](Stream, std::string_view) { up = true; };
  Background task(loop.get_executor(), [](Command one) -> Task<void> { auto ignored = co_await run(std::move(one)); }(std::move(command)));
  run_until(loop, [&] { return up; });
  task.stop();
  loop.run_for(milliseconds(50));
  EXPECT_TRUE(task.running());
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

TEST(Run, TheLimitKillsTheWholeGroup) {
  asio::io_context loop;
  TempDir folder("process");
  const std::string file = (folder.path() / "pid").string();
  auto command = shell("sh -c 'sleep 60 & echo $! > " + file + "; wait' & wait");
  command.limit = milliseconds(200);
  const auto start = steady_clock::now();
  auto exit = on_loop(loop, run(std::move(command)));
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(2));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kTimeout);
  EXPECT_EQ(exit.error().what, "/bin/sh did not end within 0.2s");
  const pid_t grandchild = pid_in(file);
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(ends_soon(grandchild));
}

TEST(Run, BeingCancelledKillsTheWholeGroup) {
  asio::io_context loop;
  TempDir folder("process");
  const fs::path file = folder.path() / "pid";
  auto command = shell("sleep 60 & echo $! > " + file.string() + "; echo ready; wait");
  bool ready = false;
  command.on_output = [&](Stream, std::string_view) { ready = true; };
  const auto body = [](Command c) -> Task<void> { co_await run(std::move(c)); };
  Background task(loop.get_executor(), body(std::move(command)));
  run_until(loop, [&] { return ready; });
  task.stop();
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(ends_soon(pid_in(file)));
}

TEST(Run, AnExceptionInOnOutputEndsTheChild) {
  asio::io_context loop;
  auto command = shell("echo $$; sleep 60");
  pid_t child = -1;
  command.on_output = [&](Stream, std::string_view chunk) {
    child = static_cast<pid_t>(std::stol(std::string(chunk)));
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(on_loop(loop, run(std::move(command))), std::runtime_error);
  EXPECT_TRUE(ends_soon(child));
}

TEST(Run, AChildInheritsNoDescriptorsButItsThreeStreams) {
  UniqueFd ours(open("/dev/null", O_RDONLY | O_CLOEXEC)), inherited(open("/dev/null", O_RDONLY));
  // ls itself has the folder open as one more descriptor.
  const Exit exit = run_shell("ls /proc/self/fd");
  EXPECT_EQ(exit.out, "0\n1\n2\n3\n");
}

TEST(Run, AChildHasNeitherBlockedNorIgnoredSignals) {
  sigset_t mask, before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigprocmask(SIG_BLOCK, &mask, &before);
  const Exit exit = run_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_NE(exit.out.find("SigBlk:\t0000000000000000\n"), std::string::npos) << exit.out;
  // The lowest 31 signals; 32 and 33 are the C library's own.
  EXPECT_TRUE(exit.out.ends_with("00000000\n") || exit.out.ends_with("80000000\n")) << exit.out;
}

TEST(Run, LeavesNoDescriptorsAndNoZombies) {
  const auto open_now = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  run_shell("true");
  const auto before = open_now();
  for (int i = 0; i < 5; ++i) run_shell("exit 1");
  EXPECT_EQ(open_now(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Run, WithoutDescriptorsLeftItFailsInsteadOfThrowing) {
  asio::io_context loop;
  auto task = run(shell("true"));
  on_loop(loop, sleep_for(milliseconds(1)));  // the loop's own descriptors are made
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  UniqueFd highest(dup(0));
  rlimit tight{static_cast<rlim_t>(highest.get()) + 3, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  std::optional<Result<Exit>> exit;
  EXPECT_NO_THROW(exit = on_loop(loop, std::move(task)));
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(exit.has_value());
  ASSERT_FALSE(*exit);
  EXPECT_EQ(exit->error().code, Code::kEnvironment);
}

TEST(Run, ManyAtOnceAllEnd) {
  asio::io_context loop;
  int right = 0;
  const auto one = [&](int number) -> Task<void> {
    auto exit = co_await run(shell(fmt::format("echo {0}; exit {0}", number)));
    if (exit && exit->code == number && trim(exit->out) == std::to_string(number)) ++right;
  };
  std::vector<Task<void>> work;
  for (int i = 0; i < 30; ++i) work.push_back(one(i));
  on_loop(loop, all_of(std::move(work)));
  EXPECT_EQ(right, 30);
}

TEST(RunChecked, ANonZeroExitIsAFailureWithItsLastWords) {
  asio::io_context loop;
  auto exit = on_loop(loop, run_checked(shell("echo said; echo why >&2; exit 5")));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kFailed);
  EXPECT_EQ(exit.error().what, "/bin/sh exited 5: why");
  EXPECT_TRUE(on_loop(loop, run_checked(shell("true"))));
}

TEST(Child, ItsEndKillsAndReapsTheGroup) {
  asio::io_context loop;
  pid_t pid = -1;
  {
    auto child = Child::start(loop.get_executor(), shell("sleep 60"));
    ASSERT_TRUE(child);
    pid = child->pid();
    EXPECT_TRUE(child->running());
  }
  EXPECT_EQ(start_time_of(pid), "");
}

TEST(Child, MovedIntoAnotherTheOldOneEnds) {
  asio::io_context loop;
  auto first = Child::start(loop.get_executor(), shell("sleep 60"));
  auto second = Child::start(loop.get_executor(), shell("sleep 60"));
  ASSERT_TRUE(first && second);
  const pid_t old = first->pid(), kept = second->pid();
  *first = std::move(*second);
  EXPECT_EQ(first->pid(), kept);
  second = Error{};  // the moved-from one goes
  EXPECT_EQ(start_time_of(old), "");
  EXPECT_NE(start_time_of(kept), "");
}

TEST(Child, IsSignalledAsAGroupAndAwaited) {
  asio::io_context loop;
  auto command = shell("trap 'echo stopped; exit 9' TERM; echo ready; while :; do sleep 0.01; done");
  std::string out;
  command.on_output = [&](Stream, std::string_view chunk) { out.append(chunk); };
  auto child = Child::start(loop.get_executor(), command);
  ASSERT_TRUE(child);
  Exit exit;
  const auto wait = [&]() -> Task<void> { exit = co_await child->wait(); };
  Background task(loop.get_executor(), wait());
  run_until(loop, [&] { return out == "ready\n"; });
  child->signal(SIGTERM);
  run_until(loop, [&] { return !task.running(); });
  EXPECT_EQ(exit.code, 9);
  EXPECT_TRUE(out.ends_with("stopped\n")) << out;
  EXPECT_FALSE(child->running());
}

TEST(Child, TakesInputPieceByPieceUntilItIsClosed) {
  asio::io_context loop;
  auto command = shell("while read line; do echo got $line; done; echo end");
  command.open_input = true;
  auto child = Child::start(loop.get_executor(), command);
  ASSERT_TRUE(child);
  on_loop(loop, child->write_input("one\n"));
  on_loop(loop, child->write_input("two\n"));
  child->close_input();
  on_loop(loop, child->write_input("into nothing\n"));
  EXPECT_EQ(on_loop(loop, child->wait()).out, "got one\ngot two\nend\n");
}

TEST(Child, WhatAClosedStdinNoLongerTakesIsDropped) {
  asio::io_context loop;
  auto command = shell("exec <&-; echo closed; sleep 60");
  command.open_input = true;
  bool closed = false;
  command.on_output = [&](Stream, std::string_view) { closed = true; };
  auto child = Child::start(loop.get_executor(), command);
  ASSERT_TRUE(child);
  const auto wait = [&]() -> Task<void> { co_await child->wait(); };
  Background task(loop.get_executor(), wait());
  run_until(loop, [&] { return closed; });
  on_loop(loop, child->write_input("x"));
  on_loop(loop, child->write_input(std::string(200'000, 'x')));
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

TEST(StartTime, TellsAProcessFromNone) {
  EXPECT_NE(start_time_of(getpid()), "");
  EXPECT_EQ(start_time_of(getpid()), start_time_of(getpid()));
  EXPECT_EQ(start_time_of(999'999'999), "");
}

TEST(FindProgram, LooksOnPathForFilesThatCanBeRun) {
  EXPECT_TRUE(find_program("sh").starts_with("/"));
  EXPECT_EQ(find_program("no-such-program-zdt"), "");
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(find_program("/no/such"), "");
}

TEST(FindProgram, AFolderIsNoProgram) {
  TempDir folder("process");
  fs::create_directory(folder.path() / "kind");
  const std::string before = getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  const std::string found = find_program("kind");
  setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(found, "");
}

TEST(ReapOrphans, TakesWhatNobodyOwnsAndLeavesTheRest) {
  asio::io_context loop;
  auto owned = Child::start(loop.get_executor(), shell("exit 7"));
  ASSERT_TRUE(owned);
  const pid_t orphan = fork();
  if (orphan == 0) _exit(0);
  const pid_t claimed = fork();
  if (claimed == 0) _exit(0);
  const auto end = steady_clock::now() + std::chrono::seconds(2);
  while (kill(orphan, 0) == 0 && steady_clock::now() < end) {
    reap_orphans([&](pid_t pid) { return pid == claimed; });
  }
  EXPECT_EQ(waitpid(orphan, nullptr, 0), -1);
  EXPECT_EQ(waitpid(claimed, nullptr, 0), claimed);
  EXPECT_EQ(on_loop(loop, owned->wait()).code, 7);
}

Task<void> run_and_forget(Command command) { auto ignored = co_await run(std::move(command)); }

TEST(Run, AChildWhoseOutputNobodyTakesStandsStill) {
  asio::io_context loop;
  auto command = shell("cat /dev/zero");
  size_t taken = 0;
  bool go_on = false;
  command.take_output = [&](Stream, std::string chunk) -> Task<void> {
    taken += chunk.size();
    while (!go_on) co_await sleep_for(milliseconds(1));
  };
  Background task(loop.get_executor(), run_and_forget(std::move(command)));
  run_until(loop, [&] { return taken > 0; });
  const size_t before = taken;
  loop.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(taken, before);
  go_on = true;
  run_until(loop, [&] { return taken > 1'000'000; });
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

TEST(Descriptors, RunningOutOfThemIsSaidWithTheirNumber) {
  EXPECT_NE(reason_of(EMFILE).find("too many open files: all "), std::string::npos);
  EXPECT_EQ(reason_of(ENOENT), "No such file or directory");
  EXPECT_NE(system_error_of("cannot start x", EMFILE).hint, "");
  EXPECT_EQ(system_error_of("cannot start x", EACCES).hint, "");
}

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before{}, after{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low{256, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  raise_descriptor_limit();
  getrlimit(RLIMIT_NOFILE, &after);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace zdt::host
