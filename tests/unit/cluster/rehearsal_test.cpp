// The rehearsal cluster's process and folder, with a process of our own in the server's place.
#include "cluster/rehearsal.h"

#include <signal.h>

#include "base/json.h"
#include "host/process.h"
#include "unit/cluster/cluster_world.h"
#include "unit/host/locking_child.h"

namespace zdt::cluster {
namespace {

class RehearsalTest : public testing::ClusterWorld {
 protected:
  void record(int pid, const std::string& start_time) {
    const json server{{"pid", pid}, {"start_time", start_time}}, ready{{"port", 6443}, {"network_fd", 9}};
    ASSERT_TRUE(host::write_file(target.folder() / "server.json", server.dump()));
    ASSERT_TRUE(host::write_file(target.folder() / "ready.json", ready.dump()));
  }
  host::Child start(std::string script) {
    host::Command command;
    command.argv = {"/bin/sh", "-c", std::move(script)};
    auto child = host::Child::start(loop.get_executor(), command);
    if (!child) throw std::runtime_error(child.error().what);
    return std::move(*child);
  }
  /// In a child: takes the server's lock and keeps it.
  bool lock_as_server() {
    static std::optional<host::ProcessLock> kept;
    auto lock = host::ProcessLock::take(target.folder() / kServerLock);
    if (lock) kept.emplace(std::move(*lock));
    return lock.has_value();
  }
  Rehearsal target{host};
};

TEST_F(RehearsalTest, WithoutAFolderItDoesNotRun) {
  EXPECT_FALSE(target.state().running);
  EXPECT_FALSE(target.state().folder_exists);
  auto link = target.connection();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, Code::kEnvironment);
  EXPECT_EQ(link.error().hint, "zdt-demo cluster up");
  auto down = wait(target.down());
  ASSERT_TRUE(down);
  EXPECT_FALSE(*down);
}

TEST_F(RehearsalTest, RunsWhenItsProcessIsTheOneThatWroteTheFolder) {
  record(getpid(), host::start_time_of(getpid()));
  const RehearsalState state = target.state();
  EXPECT_TRUE(state.running);
  EXPECT_EQ(state.pid, getpid());
  EXPECT_EQ(state.port, 6443);
  EXPECT_EQ(state.network, fmt::format("/proc/{}/fd/9", getpid()));
}

TEST_F(RehearsalTest, AnotherProcessWithItsNumberIsNotTakenForIt) {
  auto other = start("exec sleep 60");
  record(other.pid(), "1");
  EXPECT_FALSE(target.state().running);
  auto down = wait(target.down());
  ASSERT_TRUE(down);
  EXPECT_TRUE(*down) << "the folder was left over";
  EXPECT_NE(host::start_time_of(other.pid()), "") << "it must not be killed";
  EXPECT_FALSE(host::fs::exists(target.folder()));
}

TEST_F(RehearsalTest, DownEndsTheProcessAndRemovesTheFolder) {
  auto server = start("exec sleep 60");
  record(server.pid(), host::start_time_of(server.pid()));
  auto down = wait(target.down());
  ASSERT_TRUE(down) << down.error().what;
  EXPECT_TRUE(*down);
  EXPECT_FALSE(host::fs::exists(target.folder()));
  EXPECT_EQ(wait(server.wait()).signal, SIGTERM);
}

TEST_F(RehearsalTest, WhoHasTheLockIsTheServerWhateverTheRecordsSay) {
  record(getpid(), host::start_time_of(getpid()));
  const zdt::testing::LockingChild server([this] { return lock_as_server(); });
  ASSERT_TRUE(server.has_it());
  EXPECT_EQ(target.state().pid, server.pid());
}

TEST_F(RehearsalTest, AServerWhoseStarterEndedBeforeItWasReadyIsStartingAndDownEndsIt) {
  host::fs::create_directories(target.folder());
  const zdt::testing::LockingChild server([this] { return lock_as_server(); });
  ASSERT_TRUE(server.has_it());
  EXPECT_TRUE(target.state().running);
  EXPECT_FALSE(target.state().ready);
  EXPECT_FALSE(target.connection());
  auto down = wait(target.down());
  ASSERT_TRUE(down) << down.error().what;
  EXPECT_TRUE(*down);
  EXPECT_EQ(host::start_time_of(server.pid()), "") << "it is a zombie now, or gone";
  EXPECT_FALSE(host::fs::exists(target.folder()));
  EXPECT_TRUE(host::fs::is_empty(host.state)) << "the lock of up and down is gone as well";
}

TEST_F(RehearsalTest, AProcessOfAnEarlierStartOfTheMachineIsNotTakenForTheServer) {
  const json server{{"pid", getpid()}, {"start_time", host::start_time_of(getpid())}, {"boot", "an earlier one"}};
  ASSERT_TRUE(host::write_file(target.folder() / "server.json", server.dump()));
  EXPECT_FALSE(target.state().running);
}

TEST_F(RehearsalTest, BrokenRecordsMeanThatItDoesNotRun) {
  for (const char* text : {"", "not json", "[]", R"({"pid": "x"})", R"({"pid": 0, "start_time": ""})"}) {
    ASSERT_TRUE(host::write_file(target.folder() / "server.json", text));
    EXPECT_FALSE(target.state().running) << text;
    EXPECT_TRUE(target.state().folder_exists);
  }
}

}  // namespace
}  // namespace zdt::cluster
