// A run's claim on its cluster: alone, refused, waiting, taking over, losing.
#include "cluster/run_lease.h"

#include "unit/cluster/cluster_world.h"
#include "unit/kube/lease_api.h"

namespace zdt::cluster {
namespace {

using kube::testing::FakeApi;
using kube::testing::LeaseApi;
using kube::testing::run_called;

class FakeCluster : public Target {
 public:
  std::string name() const override { return "fake"; }
  bool has(std::string_view) const override { return false; }
  Task<Result<bool>> up() override {
    link = then;
    auto entered = co_await after_up(true);
    co_return entered;
  }
  Result<kube::Connection> connection() override {
    if (link) return *link;
    return Error{Code::kEnvironment, "not there", ""};
  }
  Task<Result<Entrance>> entrance(std::string, int) override { co_return Entrance{}; }
  std::optional<kube::Connection> link, then;
};

class RunLeaseTest : public testing::ClusterWorld {
 protected:
  void TearDown() override {
    for (auto& lease : made) wait(lease->release());
    api.reset();
    loop.restart();
    loop.poll();
  }
  void wait(Task<void> task) { zdt::testing::on_loop(loop, std::move(task)); }
  template <class T>
  T wait(Task<T> task) {
    return zdt::testing::on_loop(loop, std::move(task));
  }
  RunLease& lease(const std::string& run, LeasePolicy policy = {}) {
    const RunLeaseTimes times{{milliseconds(1'000), milliseconds(50)}, milliseconds(20)};
    auto say = [this](const std::string& sentence) { said.push_back(sentence); };
    made.push_back(std::make_unique<RunLease>(run_called(run), policy, host.now, say, times));
    return *made.back();
  }
  std::string now_text() { return format_time(host.now(), true); }
  void run_until(const std::function<bool()>& holds) { zdt::testing::run_until(loop, holds); }

  std::unique_ptr<FakeApi> api = std::make_unique<FakeApi>(loop);
  LeaseApi leases{*api};
  FakeCluster there = with_link();
  std::vector<std::unique_ptr<RunLease>> made;
  std::vector<std::string> said;

 private:
  FakeCluster with_link() {
    FakeCluster cluster;
    cluster.link = cluster.then = api->connection();
    return cluster;
  }
};

TEST_F(RunLeaseTest, ASecondRunIsRefusedByTheNameOfTheFirst) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  FakeCluster same = there;
  auto refused = wait(lease("run-2").enter(same));
  ASSERT_FALSE(refused);
  EXPECT_EQ(exit_code_of(refused.error().code), 3);
  EXPECT_TRUE(refused.error().what.starts_with(fmt::format("the run run-1 of alice@laptop (pid {}) acts on this cluster since ", getpid())))
      << refused.error().what;
  EXPECT_NE(refused.error().hint.find("--wait"), std::string::npos);
  EXPECT_NE(refused.error().hint.find("--steal"), std::string::npos);
  wait(made[0]->release());
  EXPECT_TRUE(leases.stored.is_null());
  EXPECT_TRUE(wait(lease("run-3").enter(same)));
}

TEST_F(RunLeaseTest, IsRenewedWhileTheRunLasts) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  const std::string first = leases.renewed();
  run_until([&] { return leases.renewed() != first; });
  EXPECT_FALSE(made[0]->lost());
}

TEST_F(RunLeaseTest, WithWaitItIsToldForWhomAndGoesOnWhenThatRunHasEnded) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  FakeCluster same = there;
  RunLease& second = lease("run-2", {false, milliseconds(0)});
  asio::steady_timer timer(loop, milliseconds(100));
  timer.async_wait([this](auto) {
    EXPECT_EQ(said.size(), 1u);
    asio::co_spawn(loop, made[0]->release(), asio::detached);
  });
  EXPECT_TRUE(wait(second.enter(same)));
  ASSERT_EQ(said.size(), 1u) << "once, however often it looks";
  EXPECT_TRUE(said[0].starts_with("waiting: the run run-1 of ")) << said[0];
}

TEST_F(RunLeaseTest, AWaitHasItsLimit) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  FakeCluster same = there;
  auto late = wait(lease("run-2", {false, milliseconds(80)}).enter(same));
  ASSERT_FALSE(late);
  EXPECT_EQ(exit_code_of(late.error().code), 3);
  EXPECT_TRUE(late.error().what.ends_with(", still after 80 ms")) << late.error().what;
}

TEST_F(RunLeaseTest, WithStealItTakesOverAndTheOtherLosesTheCluster) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  std::optional<Error> lost;
  made[0]->on_lost([&lost](const Error& why) { lost = why; });
  FakeCluster same = there;
  ASSERT_TRUE(wait(lease("run-2", {true, std::nullopt}).enter(same)));
  EXPECT_TRUE(said.at(0).starts_with("taken over from the run run-1 of ")) << said.at(0);
  run_until([&] { return lost.has_value(); });
  EXPECT_EQ(exit_code_of(lost->code), 3);
  EXPECT_EQ(lost->what, fmt::format("the run run-2 of alice@laptop (pid {}) has taken this cluster over: this run ends here", getpid()));
  EXPECT_FALSE(wait(made[0]->enter(there))) << "lost stays lost";
  EXPECT_FALSE(made[1]->lost());
}

TEST_F(RunLeaseTest, AThiefIsRobbedLikeAnyOther) {
  FakeCluster second = there, third = there;
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  ASSERT_TRUE(wait(lease("run-2", {true, std::nullopt}).enter(second)));
  ASSERT_TRUE(wait(lease("run-3", {true, std::nullopt}).enter(third)));
  run_until([&] { return made[0]->lost() && made[1]->lost(); });
  EXPECT_FALSE(made[2]->lost());
}

TEST_F(RunLeaseTest, AClusterThatTheRunMakesIsItsOwnFromItsFirstAnswer) {
  there.link.reset();
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  EXPECT_TRUE(leases.stored.is_null());
  ASSERT_TRUE(wait(there.up()));
  EXPECT_FALSE(leases.stored.is_null());
}

TEST_F(RunLeaseTest, OfTwoRunsThatMakeAClusterTheSecondIsRefusedByUp) {
  FakeCluster same = there;
  there.link.reset();
  same.link.reset();
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  ASSERT_TRUE(wait(lease("run-2").enter(same)));
  bool ended = false;
  made[1]->on_lost([&ended](const Error&) { ended = true; });
  ASSERT_TRUE(wait(there.up()));
  auto refused = wait(same.up());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("run-1"), std::string::npos);
  EXPECT_TRUE(ended) << "nothing more of it runs on the other's cluster";
}

TEST_F(RunLeaseTest, WhileTheApiIsAwayNothingIsLost) {
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  leases.refuse_with = 503;
  const size_t before = api->seen.size();
  run_until([&] { return api->seen.size() > before + 5; });
  EXPECT_FALSE(made[0]->lost());
  leases.stored = json();  // it comes back as another cluster
  leases.refuse_with = 0;
  run_until([&] { return !leases.stored.is_null(); });
  EXPECT_FALSE(made[0]->lost());
}

TEST_F(RunLeaseTest, AnApiThatAllowsNoLeaseIsSaidOnceAndTheRunGoesOn) {
  leases.refuse_with = 403;
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("leases is forbidden"), std::string::npos) << said[0];
}

TEST_F(RunLeaseTest, OneThatLooksExpiredIsWatchedBeforeItIsTaken) {
  leases.put("run-2", "2000-01-01T00:00:00.000000Z");
  ASSERT_TRUE(wait(lease("run-1").enter(there)));
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0], "watching for 1 s whether the run run-2 of bob@tower (pid 7) is alive");
}

TEST_F(RunLeaseTest, ARunWithAWrongClockThatLivesIsNotRobbed) {
  leases.put("run-2", "2000-01-01T00:00:00.000000Z");
  asio::steady_timer timer(loop, milliseconds(100));
  timer.async_wait([this](auto) { leases.put("run-2", "2000-01-01T00:00:05.000000Z"); });
  EXPECT_FALSE(wait(lease("run-1").enter(there)));
  EXPECT_EQ(leases.holder(), "run-2");
}

TEST_F(RunLeaseTest, KeptBetweenTheScriptsOfOneRun) {
  RunLease& whole = lease("run-all");
  FakeCluster second = there;
  ASSERT_TRUE(wait(whole.enter(there)));
  whole.leave();
  const std::string first = leases.renewed();
  run_until([&] { return leases.renewed() != first; });
  ASSERT_TRUE(wait(whole.enter(second)));
  EXPECT_EQ(leases.stored["spec"]["leaseTransitions"], 0);
}

}  // namespace
}  // namespace zdt::cluster
