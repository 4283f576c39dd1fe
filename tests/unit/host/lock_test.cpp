// Locks between processes: the other process is a child of the test.
#include "host/lock.h"

#include <fstream>

#include "host/identity.h"
#include "unit/host/locking_child.h"
#include "unit/host/on_loop.h"

namespace zdt::host {
namespace {

using zdt::testing::LockingChild;

class LockTest : public ::testing::Test {
 protected:
  Result<Turn> take(milliseconds limit = milliseconds(4'000)) {
    return zdt::testing::on_loop(loop, Turn::take(file, limit, [this](const std::string& holder) { waited_for.push_back(holder); }));
  }
  bool take_in_child() {
    asio::io_context own;
    static std::optional<Turn> kept;
    auto turn = zdt::testing::on_loop(own, Turn::take(file, milliseconds(0)));
    if (turn) kept.emplace(std::move(*turn));
    return turn.has_value();
  }

  TempDir folder{"zdt-lock"};
  fs::path file = folder.path() / "deep/er/turn.lock";
  asio::io_context loop;
  std::vector<std::string> waited_for;
};

TEST_F(LockTest, ATurnIsTakenAtOnceWhereNobodyHasIt) {
  EXPECT_TRUE(take());
  EXPECT_TRUE(take()) << "the first one was given back";
  EXPECT_TRUE(waited_for.empty());
  EXPECT_EQ(fs::status(file.parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(LockTest, WhoWaitsIsToldOnceForWhomAndGetsTheTurnWhenThatProcessIsKilled) {
  LockingChild other([this] { return take_in_child(); });
  ASSERT_TRUE(other.has_it());
  const pid_t pid = other.pid();
  asio::steady_timer timer(loop, milliseconds(150));
  timer.async_wait([&other](auto) { other.end(); });
  EXPECT_TRUE(take());
  EXPECT_EQ(waited_for, std::vector<std::string>{fmt::format("pid {}", pid)});
}

TEST_F(LockTest, AWaitEndsAtItsLimitAndNamesTheHolder) {
  LockingChild other([this] { return take_in_child(); });
  auto turn = take(milliseconds(60));
  ASSERT_FALSE(turn);
  EXPECT_EQ(turn.error().code, Code::kTimeout);
  EXPECT_NE(turn.error().what.find(fmt::format("pid {}", other.pid())), std::string::npos) << turn.error().what;
}

TEST_F(LockTest, AFileThatItsHolderRemovedIsNotTakenForTheTurn) {
  auto first = take();
  ASSERT_TRUE(first);
  asio::steady_timer timer(loop, milliseconds(100));
  timer.async_wait([&first](auto) {
    first->remove_file();
    first = Turn();
  });
  auto second = take();
  ASSERT_TRUE(second);
  EXPECT_TRUE(fs::exists(file)) << "it is a new file";
  LockingChild third([this] { return take_in_child(); });
  EXPECT_FALSE(third.has_it());
}

TEST_F(LockTest, WhereNoFileCanBeTheErrorNamesIt) {
  std::ofstream(folder.path() / "deep").put('x');
  auto turn = take();
  ASSERT_FALSE(turn);
  EXPECT_EQ(turn.error().code, Code::kEnvironment);
}

class ProcessLockTest : public LockTest {
 protected:
  ProcessLockTest() { file = folder.path() / "server.lock"; }
  bool lock_in_child() {
    static std::optional<ProcessLock> kept;
    auto lock = ProcessLock::take(file);
    if (lock) kept.emplace(std::move(*lock));
    return lock.has_value();
  }
};

TEST_F(ProcessLockTest, SaysWhichProcessHasItAndNoneAfterItsEnd) {
  EXPECT_EQ(ProcessLock::holder(file), 0) << "there is no file";
  LockingChild other([this] { return lock_in_child(); });
  ASSERT_TRUE(other.has_it());
  EXPECT_EQ(ProcessLock::holder(file), other.pid());
  auto refused = ProcessLock::take(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  other.end();
  EXPECT_EQ(ProcessLock::holder(file), 0);
  EXPECT_TRUE(ProcessLock::take(file));
}

TEST_F(ProcessLockTest, AChildDoesNotInheritIt) {
  auto lock = ProcessLock::take(file);
  ASSERT_TRUE(lock);
  LockingChild child([this] { return !lock_in_child(); });
  EXPECT_TRUE(child.has_it()) << "the child was refused";
  { const ProcessLock given_back = std::move(*lock); }
  EXPECT_EQ(ProcessLock::holder(file), 0) << "the child has no part in it";
}

TEST(ProcessIdentityTest, TellsAProcessFromALaterOneAndFromOneElsewhere) {
  std::optional<ProcessIdentity> child;
  {
    LockingChild running([] { return true; });
    child = identity_of(running.pid());
    EXPECT_EQ(still_runs(*child), true);
    ProcessIdentity later = *child;
    later.start_time = "1";
    EXPECT_EQ(still_runs(later), false);
  }
  EXPECT_EQ(still_runs(*child), false);
  ProcessIdentity elsewhere = *child;
  elsewhere.boot = "another";
  EXPECT_EQ(still_runs(elsewhere), std::nullopt);
  elsewhere = *child;
  elsewhere.pid_namespace = "pid:[1]";
  EXPECT_EQ(still_runs(elsewhere), std::nullopt);
}

}  // namespace
}  // namespace zdt::host
