// Two runs on one cluster: the second is told of the first by name, waits for it, or takes over (S9 of the list of faults).
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "security/kill/kill_world.h"

namespace zdt::e2e {
namespace {

const std::vector<std::string> kHold{"run", "hold", "--ci", "--on", "rehearsal"};

class TwoRuns : public KillWorld {
 protected:
  void SetUp() override {
    KillWorld::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  }
  static std::vector<std::string> hold(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = kHold;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  static std::vector<std::string> briefly(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--set", "seconds=0"});
    return hold(std::move(more));
  }
  static bool is_holding(const json& event) { return string_at(event, {"type"}) == "log" && string_at(event, {"text"}) == "holding"; }

  /// Runs hold.lua; `meanwhile` is called, with it, when it acts on the cluster.
  host::Exit while_it_holds(std::vector<std::string> arguments, const std::function<void(host::Child&)>& meanwhile) {
    bool called = false;
    host::Exit exit = watch(std::move(arguments), [&](const json& event, host::Child& child) {
      if (called || !is_holding(event)) return;
      called = true;
      meanwhile(child);
    });
    EXPECT_TRUE(called) << exit.out << exit.err;
    return exit;
  }
  json lease() {
    const json list = json::parse(kubectl({"get", "leases", "-n", "default", "-o", "json"}).out, nullptr, false);
    return list.is_object() && !array_at(list, {"items"}).empty() ? array_at(list, {"items"})[0] : json();
  }
  std::string run_id() const {
    for (const auto& entry : host::fs::directory_iterator(state() / "zdt-demo/runs")) return entry.path().filename().string();
    return "";
  }
};

TEST_F(TwoRuns, TheSecondIsRefusedByTheNameOfTheFirstAndMayLook) {
  while_it_holds(hold(), [this](host::Child& first) {
    const json held = lease();
    EXPECT_EQ(string_at(held, {"metadata", "name"}), "zdt-demo-run");
    EXPECT_EQ(string_at(held, {"metadata", "labels", "app.kubernetes.io/part-of"}), "zdt-demo");
    EXPECT_NE(string_at(held, {"spec", "holderIdentity"}).find(run_id()), std::string::npos) << held.dump();
    EXPECT_EQ(int_at(held, {"spec", "leaseDurationSeconds"}), 15);
    const host::Exit second = demo(briefly());
    EXPECT_EQ(second.code, 3) << second.out << second.err;
    EXPECT_NE(second.out.find(run_id()), std::string::npos) << second.out;
    EXPECT_NE(second.out.find(fmt::format("(pid {}) acts on this cluster since", first.pid())), std::string::npos) << second.out;
    EXPECT_EQ(demo({"show", "hold", "--commands", "--on", "rehearsal"}).code, 0);
    EXPECT_EQ(demo({"run", "hold", "--dry-run", "--on", "rehearsal"}).code, 0);
    EXPECT_TRUE(eventually([this, &held] { return string_at(lease(), {"spec", "renewTime"}) != string_at(held, {"spec", "renewTime"}); }));
    first.signal(SIGINT);
  });
  EXPECT_TRUE(lease().is_null()) << "given back after Ctrl-C";
  EXPECT_EQ(demo(briefly({"--set", "fails=true"})).code, 1);
  EXPECT_TRUE(lease().is_null()) << "given back after a failure";
}

TEST_F(TwoRuns, AfterASigkillTheNextOneAndTheResumeGoOnAtOnce) {
  for (const bool resumes : {true, false}) {
    while_it_holds(hold({"--set", "seconds=" + std::string(resumes ? "2" : "60")}), [](host::Child& first) { first.signal(SIGKILL); });
    EXPECT_FALSE(lease().is_null());
    const auto begun = std::chrono::steady_clock::now();
    const host::Exit next = resumes ? demo({"resume", "--ci"}) : demo(briefly());
    EXPECT_EQ(next.code, 0) << next.out << next.err;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(12)) << "not after the lease's 15 s";
    EXPECT_TRUE(lease().is_null());
  }
}

TEST_F(TwoRuns, WithWaitTheSecondGoesOnWhenTheFirstHasEnded) {
  asio::io_context loop;
  std::optional<host::Child> waiting;
  const auto log = state() / "waiting.log";
  while_it_holds(hold({"--set", "seconds=3"}), [&](host::Child&) {
    const host::Exit late = demo(briefly({"--wait=300ms"}));
    EXPECT_EQ(late.code, 3) << late.err;
    EXPECT_NE(late.out.find("still after 300 ms"), std::string::npos) << late.out;
    std::vector<std::string> argv = briefly({"--wait"});
    argv.insert(argv.begin(), ZDT_BINARY);
    host::Command wanted = command(std::move(argv));
    wanted.log_file = log.string();
    auto started = host::Child::start(loop.get_executor(), wanted);
    ASSERT_TRUE(started);
    waiting.emplace(std::move(*started));
  });
  ASSERT_TRUE(waiting);
  host::Exit second;
  asio::co_spawn(loop, waiting->wait(), [&second](std::exception_ptr, host::Exit exit) { second = std::move(exit); });
  loop.run();
  const std::string said = host::read_file(log).value();
  EXPECT_EQ(second.code, 0) << said;
  EXPECT_NE(said.find("waiting: the run "), std::string::npos) << said;
}

TEST_F(TwoRuns, WithStealTheFirstEndsAndRunsNothingMore) {
  const host::Exit first = while_it_holds(hold(), [this](host::Child&) {
    const host::Exit thief = demo(briefly({"--steal"}));
    EXPECT_EQ(thief.code, 0) << thief.out << thief.err;
    EXPECT_NE(thief.err.find("taken over from the run "), std::string::npos) << thief.err;
  });
  EXPECT_EQ(first.code, 3) << first.out << first.err;
  EXPECT_NE(first.err.find("has taken this cluster over"), std::string::npos) << first.err;
  EXPECT_EQ(first.out.find("finally ran"), std::string::npos) << first.out;
  EXPECT_TRUE(lease().is_null());
  EXPECT_EQ(demo(briefly({"--steal", "--wait"})).code, 2);
}

TEST_F(TwoRuns, AScriptThatRemovesItsClusterAndMakesItAnewKeepsIt) {
  const host::Exit remade = demo({"run", "remake", "--ci", "--on", "rehearsal"});
  EXPECT_EQ(remade.code, 0) << remade.out << remade.err;
}

}  // namespace
}  // namespace zdt::e2e
