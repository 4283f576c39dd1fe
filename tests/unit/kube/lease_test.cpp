// Who acts on a cluster, told by a Lease.
#include <csignal>

#include "unit/host/locking_child.h"
#include "unit/kube/lease_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::kLeases;
using testing::LeaseApi;
using testing::run_called;

class LeaseTest : public ApiWorld {
 protected:
  Lease lease(const std::string& run = "run-1") {
    const LeaseTimes times{milliseconds(1'000), milliseconds(300)};
    return {run_called(run), [] { return std::chrono::system_clock::now(); }, times};
  }
  LeaseAnswer hold(Lease& of, bool steal = false) {
    LeaseAnswer answer;
    testing::on_loop(loop, holding(of, steal, answer));
    return answer;
  }
  Task<void> holding(Lease& of, bool steal, LeaseAnswer& into) { into = co_await of.hold(*client, steal); }
  void release(Lease& of) { testing::on_loop(loop, of.release(*client)); }
  static std::string now_text() { return format_time(std::chrono::system_clock::now(), true); }

  LeaseApi leases{*api};
};

TEST_F(LeaseTest, NamesTheRunIsRenewedWhenThatIsDueAndIsGoneAfterwards) {
  Lease ours = lease();
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  EXPECT_EQ(leases.holder(), fmt::format("alice@laptop pid {} run run-1 script rollout", getpid()));
  EXPECT_EQ(leases.stored["metadata"]["labels"]["app.kubernetes.io/part-of"], "zdt-demo");
  EXPECT_EQ(leases.stored["spec"]["leaseDurationSeconds"], 1);
  const std::string first = leases.renewed();
  EXPECT_EQ(first.size(), std::string("2026-01-01T00:00:00.000000Z").size()) << "a MicroTime";
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  EXPECT_EQ(leases.renewed(), first) << "it is not due";
  testing::run_until(loop, [&] { return hold(ours).state == LeaseAnswer::kOurs && leases.renewed() != first; });
  EXPECT_EQ(leases.stored["spec"]["leaseTransitions"], 0);
  release(ours);
  EXPECT_TRUE(leases.stored.is_null());
}

TEST_F(LeaseTest, AnotherRunsIsToldByNameAndLeftAlone) {
  leases.put("run-2", now_text());
  Lease ours = lease();
  const LeaseAnswer answer = hold(ours);
  EXPECT_EQ(answer.state, LeaseAnswer::kOthers);
  EXPECT_EQ(answer.holder.words(), "the run run-2 of bob@tower (pid 7)");
  EXPECT_FALSE(answer.looks_expired);
  release(ours);
  EXPECT_EQ(leases.holder(), "run-2");
}

TEST_F(LeaseTest, ExpiresWhenItWasSeenUnchangedForItsDurationWhateverTheClocksSay) {
  for (const char* renewed : {"2000-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z"}) {
    leases.put("run-2", renewed);
    Lease ours = lease();
    EXPECT_EQ(hold(ours).state, LeaseAnswer::kOthers) << "seen for the first time";
    EXPECT_EQ(hold(ours).looks_expired, renewed[1] == '0' && renewed[2] == '0') << renewed;
    const auto begun = std::chrono::steady_clock::now();
    testing::run_until(loop, [&] { return hold(ours).state == LeaseAnswer::kOurs; });
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(900));
  }
}

TEST_F(LeaseTest, OfAProcessThatIsSeenToLiveItDoesNotExpire) {
  leases.put("run-2", "2000-01-01T00:00:00.000000Z", host::identity_of(getpid()));
  Lease ours = lease();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'300);
  while (std::chrono::steady_clock::now() < end) {
    const LeaseAnswer answer = hold(ours);
    ASSERT_EQ(answer.state, LeaseAnswer::kOthers);
    ASSERT_FALSE(answer.looks_expired) << "there is nothing to watch for";
  }
}

TEST_F(LeaseTest, OneThatIsRenewedDoesNotExpire) {
  Lease ours = lease();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'500);
  for (int change = 0; std::chrono::steady_clock::now() < end; ++change) {
    leases.put("run-2", fmt::format("2000-01-01T00:00:00.{:06}Z", change));
    ASSERT_EQ(hold(ours).state, LeaseAnswer::kOthers);
  }
}

TEST_F(LeaseTest, OfAProcessOnThisMachineThatHasEndedItIsTakenAtOnce) {
  host::ProcessIdentity process;
  {
    zdt::testing::LockingChild other([] { return true; });
    process = host::identity_of(other.pid());
    leases.put("run-2", now_text(), process);
    Lease ours = lease();
    EXPECT_EQ(hold(ours).state, LeaseAnswer::kOthers);
  }
  Lease ours = lease();
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  EXPECT_EQ(leases.stored["spec"]["leaseTransitions"], 1);
  release(ours);
  EXPECT_TRUE(leases.stored.is_null());
}

TEST_F(LeaseTest, WhoFromItWasStolenSeesTheThiefAndDoesNotTakeItBack) {
  Lease victim = lease("run-1"), thief = lease("run-2");
  ASSERT_EQ(hold(victim).state, LeaseAnswer::kOurs);
  EXPECT_EQ(hold(thief).state, LeaseAnswer::kOthers);
  EXPECT_EQ(hold(thief, true).state, LeaseAnswer::kOurs);
  const LeaseAnswer answer = hold(victim);
  EXPECT_EQ(answer.state, LeaseAnswer::kOthers);
  EXPECT_NE(answer.holder.words().find("run-2"), std::string::npos);
  release(victim);
  EXPECT_NE(leases.holder().find("run-2"), std::string::npos) << "it is not the victim's to give back";
}

// A short run: it has ended when the victim looks.
TEST_F(LeaseTest, AThiefThatHasEndedIsSeenToo) {
  Lease victim = lease("run-1"), thief = lease("run-2");
  ASSERT_EQ(hold(victim).state, LeaseAnswer::kOurs);
  ASSERT_EQ(hold(thief, true).state, LeaseAnswer::kOurs);
  release(thief);
  EXPECT_EQ(leases.holder(), "");
  const LeaseAnswer answer = hold(victim);
  EXPECT_EQ(answer.state, LeaseAnswer::kOthers);
  EXPECT_NE(answer.holder.words().find("run-2"), std::string::npos);
  EXPECT_TRUE(leases.stored.is_null()) << "whoever it was left for has cleared it away";
}

TEST_F(LeaseTest, OfTwoThatTakeItAtTheSameMomentOneGetsIt) {
  Lease ours = lease();
  leases.put("", now_text());
  leases.before_write = [this] { leases.put("run-2", now_text()); };
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOthers);
  EXPECT_EQ(leases.holder(), "run-2");
}

TEST_F(LeaseTest, WhenItWasDeletedItIsMadeAgain) {
  Lease ours = lease();
  ASSERT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  leases.stored = json();
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  EXPECT_FALSE(leases.stored.is_null());
}

TEST_F(LeaseTest, AnApiThatIsAwayOrAllowsNoneIsToldApart) {
  Lease ours = lease();
  ASSERT_EQ(hold(ours).state, LeaseAnswer::kOurs);
  leases.refuse_with = 503;
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kNoAnswer);
  leases.refuse_with = 403;
  const LeaseAnswer refused = hold(ours);
  EXPECT_EQ(refused.state, LeaseAnswer::kRefused);
  EXPECT_NE(refused.why.find("leases is forbidden"), std::string::npos) << refused.why;
  leases.refuse_with = 0;
  EXPECT_EQ(hold(ours).state, LeaseAnswer::kOurs) << "it was not lost meanwhile";
}

TEST_F(LeaseTest, WhatOthersWroteIntoItIsShownAsOneLineOfPrintableText) {
  leases.put("run-2\n::error::x\x1b[31m", now_text());
  Lease ours = lease();
  EXPECT_EQ(hold(ours).holder.words(), "the run run-2?::error::x?[31m of bob@tower (pid 7)");
  leases.stored["metadata"].erase("annotations");
  leases.stored["spec"]["holderIdentity"] = std::string(500, 'x');
  EXPECT_EQ(hold(ours).holder.words(), "\"" + std::string(100, 'x') + "\"");
  for (const char* broken : {"[]", "7", R"({"spec": 1})", R"({"spec": {"leaseDurationSeconds": "x", "holderIdentity": 3}})"}) {
    leases.stored = json::parse(broken);
    hold(ours);
  }
}

}  // namespace
}  // namespace zdt::kube
