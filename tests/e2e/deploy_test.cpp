#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

using DeployAll = Demo;

TEST_F(DeployAll, PassesOnAMachineWithoutACluster) {
  const host::Exit exit = demo({"run", "deploy-all", "--ci", "--on", "rehearsal", "-o", "json"});
  ASSERT_EQ(exit.code, 0) << exit.out << exit.err;
  const json result = document(exit);
  EXPECT_EQ(string_at(result, {"metadata", "status"}), "passed");
  EXPECT_EQ(string_at(result, {"metadata", "target"}), "rehearsal");
}

TEST_F(DeployAll, ChangesNothingTheSecondTime) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  // Without status: what has one goes on counting.
  const auto specs = [this] {
    return kubectl({"get", "rollouts,deploy,rs,svc,cm,so,hpa,pdb,gateways,httproutes,servicemonitors", "-A", "-o",
                    "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.uid}/{.metadata.generation}/{.data} {end}"}).out;
  };
  const auto versions = [this] {
    return kubectl({"get", "svc,cm,sa,ns", "-A", "-o",
                    "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion} {end}"}).out;
  };
  const std::string pods = kubectl({"get", "pods", "-A", "-o", "name"}).out, before = specs(), resource_versions = versions();
  EXPECT_NE(before.find("Rollout/k8s-web-pool="), std::string::npos) << before;
  const host::Exit second = demo({"run", "deploy-all", "--ci", "--on", "rehearsal"});
  EXPECT_EQ(second.code, 0) << second.out;
  EXPECT_NE(second.out.find("objects changed: 0"), std::string::npos) << second.out;
  EXPECT_EQ(second.out.find("configured "), std::string::npos) << second.out;
  EXPECT_EQ(specs(), before);
  EXPECT_EQ(versions(), resource_versions);
  EXPECT_EQ(kubectl({"get", "pods", "-A", "-o", "name"}).out, pods);
}

TEST_F(DeployAll, FailsInItsStepWithTheLastThingSeenWhenTheClusterGoesInTheMiddle) {
  const host::Exit exit = watch({"run", "deploy-all", "--ci", "--on", "rehearsal"}, [this](const json& event, host::Child&) {
    const bool deploying = string_at(event, {"step"}) == "workloads";
    if (deploying && string_at(event, {"type"}) == "step-started") demo({"cluster", "down"});
  });
  EXPECT_EQ(exit.code, 3) << exit.out << exit.err;
  const json last = journal().back();
  EXPECT_EQ(string_at(last, {"type"}), "run-finished");
  EXPECT_NE(string_at(last, {"error", "what"}).find("API server cannot be reached"), std::string::npos) << last.dump();
}

TEST_F(DeployAll, IsNamedByAScriptThatNeedsIt) {
  const host::Exit exit = demo({"run", "rollout", "--ci", "--on", "rehearsal"});
  EXPECT_EQ(exit.code, 3) << exit.out << exit.err;
  EXPECT_NE((exit.out + exit.err).find("zdt-demo run deploy-all"), std::string::npos) << exit.out << exit.err;
}

TEST_F(DeployAll, AClusterOnATakenPortSaysSoAndLeavesNothing) {
  asio::io_context loop;
  asio::ip::tcp::acceptor taken(loop, {asio::ip::make_address("127.0.0.1"), 0});
  const host::Exit exit = demo({"cluster", "up", "--port", std::to_string(taken.local_endpoint().port())});
  EXPECT_EQ(exit.code, 3) << exit.out;
  EXPECT_NE(exit.err.find("Address already in use"), std::string::npos) << exit.err;
  EXPECT_FALSE(host::fs::exists(state() / "zdt-demo/rehearsal"));
}

TEST_F(DeployAll, ASecondClusterUpSaysSoAndChangesNothing) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  const json before = cluster_status();
  const host::Exit again = demo({"cluster", "up"});
  EXPECT_EQ(again.code, 0);
  EXPECT_NE(again.out.find("runs already"), std::string::npos);
  EXPECT_EQ(cluster_status(), before);
}

}  // namespace
}  // namespace zdt::e2e
