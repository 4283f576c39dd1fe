// Pods of shapes that the API refuses: each is told, none keeps the others from running, and each can be deleted.
#include "unit/rehearsal/node/node_world.h"

namespace zdt::rehearsal {
namespace {

/// Specifications that cannot be run; of the containers' parts, each of a wrong type.
const std::vector<std::string>& hostile_specs() {
  static const std::vector<std::string> kSpecs = {
      "{containers: [{name: app, image: busybox, command: [1]}]}",
      "{containers: [{name: app, image: busybox, command: [sh], args: [{a: b}]}]}",
      "{containers: [{name: app, image: busybox, securityContext: {capabilities: {add: [5]}}}]}",
      "{hostAliases: [{ip: 1.2.3.4, hostnames: [5]}], containers: [{name: app, image: busybox, command: [sleep, '9']}]}",
      "{dnsConfig: {nameservers: [5]}, containers: [{name: app, image: busybox, command: [sleep, '9']}]}",
      "{containers: [{name: app, image: 5}]}",
      "{containers: [7]}",
      "{initContainers: [{name: i, image: busybox, command: [1]}], containers: [{name: app, image: busybox}]}",
      "{initContainers: [{name: i, image: busybox, restartPolicy: Always, command: [1]}], containers: [{name: app, image: "
      "busybox}]}",
      "{volumes: [{name: v, configMap: 5}, 7, {name: 5}], containers: [{name: app, image: busybox, volumeMounts: [{name: v, "
      "mountPath: /v}]}]}",
      "{containers: [{name: app, image: busybox, command: [sleep, '99'], lifecycle: {postStart: {exec: {command: [1]}}}}]}",
      "{containers: [{name: app, image: busybox, command: [sleep, '99'], readinessProbe: {periodSeconds: 1, exec: {command: "
      "[1]}}}]}",
      "{containers: [{name: app, image: busybox, command: [sleep, '99'], livenessProbe: {httpGet: {port: -5}, "
      "initialDelaySeconds: 1e300, periodSeconds: 1}, startupProbe: {tcpSocket: {port: [], host: 5}, periodSeconds: -4, "
      "failureThreshold: 1e300}}]}",
  };
  return kSpecs;
}

bool is_warned(const NodeWorld& world, const std::string& name) {
  for (const ObjectPtr& event : world.store.list("events")) {
    if (string_at(*event, {"involvedObject", "name"}) == name && string_at(*event, {"type"}) == "Warning") return true;
  }
  return false;
}

TEST(HostilePods, AreToldAndDeletedLikeOthersAndKeepNobodyFromRunning) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    std::vector<std::string> names;
    for (const std::string& spec : hostile_specs()) {
      names.push_back("bad-" + std::to_string(names.size()));
      world.create_pod(names.back(), "{terminationGracePeriodSeconds: 1, " + spec.substr(1));
    }
    world.create_pod("good", "{containers: [{name: app, image: busybox, command: [sleep, '99']}]}");
    const auto all = [&](const std::function<bool(const std::string&)>& holds) {
      return std::all_of(names.begin(), names.end(), holds);
    };
    world.run_until([&] { return all([&](const auto& name) { return is_warned(world, name); }); },
                    std::chrono::seconds(20));
    for (const std::string& name : names) EXPECT_TRUE(is_warned(world, name)) << name << world.pod(name)["spec"];
    EXPECT_TRUE(world.run_until([&] { return world.is_running("good", "app"); }));
    EXPECT_EQ(world.waiting_reason("bad-0", "app"), "CreateContainerConfigError");
    for (const std::string& name : names) world.remove_pod(name);
    world.run_until([&] { return all([&](const auto& name) { return !world.exists(name); }); }, std::chrono::seconds(20));
    for (const std::string& name : names) EXPECT_FALSE(world.exists(name)) << name << world.pod(name)["spec"];
  });
}

TEST(HostilePods, APodThatLosesItsContainersInTheStoreEndsNobody) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    for (const char* name : {"web", "good"})
      world.create_pod(name, "{terminationGracePeriodSeconds: 1, containers: [{name: app, image: busybox, command: [sleep, '99']}]}");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app") && world.is_running("good", "app"); }));
    for (const json& odd : {json("text"), json(5), json{{"containers", "x"}}, json(nullptr)}) {
      world.store.modify("pods", "default", "web", [&](json& pod) { pod["spec"] = odd; }).value();
      world.run_until([] { return false; }, milliseconds(50));
    }
    world.store.modify("pods", "default", "web", [&](json& pod) { pod["status"] = "text"; }).value();
    world.store.modify("pods", "default", "web", [&](json& pod) { pod["spec"] = {{"nodeName", "node-1"}}; }).value();
    world.remove_pod("web", 1);
    EXPECT_TRUE(world.run_until_gone("web"));
    EXPECT_TRUE(world.is_running("good", "app"));
  });
}

}  // namespace
}  // namespace zdt::rehearsal
