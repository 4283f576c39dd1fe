#include "unit/rehearsal/node/node_world.h"

namespace zdt::rehearsal {
namespace {

TEST(Node, APodGetsAnAddressWritesALogAndIsGoneAfterItsDeletion) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const size_t mounts = mount_count();
    world.create_pod("web", R"({terminationGracePeriodSeconds: 5, containers: [{name: app, image: busybox,
      command: [/bin/bash, -c, "trap 'echo bye; exit 0' TERM; echo hello; echo oops >&2; while true; do sleep 0.05; done"]}]})");
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); })) << world.pod("web").dump(1);
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    std::printf("[ MEASURED ] from assignment to Running: %d ms\n", static_cast<int>(took.count()));
    EXPECT_LT(took, milliseconds(2000)) << "usually below 100 ms";
    EXPECT_EQ(world.pod("web")["status"]["phase"], "Running");
    EXPECT_EQ(world.pod("web")["status"]["podIP"], "10.244.0.2");
    EXPECT_EQ(world.condition("web", "Ready"), "True");
    ASSERT_TRUE(world.wait_for_log("web", "app", "hello"));
    ASSERT_TRUE(world.wait_for_log("web", "app", "oops"));
    EXPECT_EQ(world.log("web", "app"), "hello\noops\n");
    EXPECT_TRUE(world.has_event("Started", "Started container app"));

    world.remove_pod("web");
    ASSERT_TRUE(world.run_until_gone("web")) << world.pod("web").dump(1);
    EXPECT_TRUE(world.has_event("Killing", "Stopping container app"));
    EXPECT_EQ(other_processes(), 0);
    EXPECT_EQ(mount_count(), mounts);
    world.network->run([] {
      EXPECT_EQ(host::read_file("/proc/thread-self/net/dev").value().find("veth"), std::string::npos);
    });
  });
}

TEST(Node, ItRegistersItselfAsReady) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const ObjectPtr node = world.store.find("nodes", "", "node-1");
    ASSERT_TRUE(node);
    EXPECT_EQ((*node)["metadata"]["labels"]["kubernetes.io/hostname"], "node-1");
    EXPECT_EQ((*node)["status"]["conditions"].back()["type"], "Ready");
    EXPECT_EQ((*node)["status"]["addresses"][0]["address"], "172.18.0.3");
  });
}

TEST(Node, EachNodeHasItsAddressesItsRoleAndItsPods) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const json second = *world.store.find("nodes", "", "node-2");
    EXPECT_EQ(second["spec"]["podCIDR"], "10.244.1.0/24");
    EXPECT_EQ(second["spec"]["taints"][0]["key"], "node-role.kubernetes.io/control-plane");
    EXPECT_EQ(second["metadata"]["labels"]["node-role.kubernetes.io/control-plane"], "");
    world.create_pod("a", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}");
    world.create_pod("b", "{hostNetwork: true, containers: [{name: app, image: busybox, command: [sleep, '100']}]}",
                     "node-2");
    world.create_pod("c", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}", "node-2");
    for (const char* name : {"a", "b", "c"})
      ASSERT_TRUE(world.run_until([&] { return world.is_running(name, "app"); }));
    const auto addresses = [&](const char* name) {
      const json status = world.pod(name)["status"];
      return string_at(status, {"hostIP"}) + " " + string_at(status, {"podIP"});
    };
    EXPECT_EQ(addresses("a"), "172.18.0.3 10.244.0.2");
    EXPECT_EQ(addresses("b"), "172.18.0.4 172.18.0.4");
    EXPECT_EQ(addresses("c"), "172.18.0.4 10.244.1.2");
    world.create_pod("d", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}", "elsewhere");
    EXPECT_TRUE(world.pod("d")["status"].is_null());
  });
}

TEST(Node, MeasuresWhatContainersAndNodesUse) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("busy", R"({containers: [
      {name: work, image: busybox, command: [/bin/bash, -c, 'x=$(head -c 20000000 /dev/zero | tr "\\0" a); while true; do :; done']},
      {name: idle, image: busybox, command: [sleep, '100']}]})");
    const auto usage_of = [&](const char* container) {
      for (const PodUsage& pod : world.node->pod_usage()) {
        for (const ContainerUsage& each : pod.containers) {
          if (each.name == container) return each.usage;
        }
      }
      return Usage{-1, -1};
    };
    // What it gets depends on what else this machine does.
    ASSERT_TRUE(world.run_until([&] { return usage_of("work").cpu > 0.05 && usage_of("idle").cpu == 0; }))
        << usage_of("work").cpu;
    ASSERT_TRUE(world.run_until([&] { return usage_of("work").memory_bytes > 19'000'000; }));
    EXPECT_LT(usage_of("idle").memory_bytes, 5'000'000);
    const auto nodes = world.node->node_usage();
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_GE(nodes[0].usage.memory_bytes, usage_of("work").memory_bytes);
    EXPECT_GT(nodes[0].usage.cpu, 0);
    EXPECT_GT(nodes[1].usage.memory_bytes, 0) << "the control plane's is that of this process";
    world.remove_pod("busy", 0);
    EXPECT_TRUE(world.run_until([&] { return world.node->pod_usage().empty(); }));
  });
}

TEST(Node, ExecPassesInputOutputAndTheExitCode) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    const auto result = world.exec("web", "app", {"sh", "-c", "cat; echo wrong >&2; exit 7"}, "from outside");
    EXPECT_EQ(result.code, 7);
    EXPECT_EQ(result.out, "from outside");
    EXPECT_EQ(result.err, "wrong\n");
    EXPECT_EQ(world.exec("web", "nope", {"true"}).err, "container nope is not valid for pod web");
    EXPECT_EQ(world.exec("none", "", {"true"}).err, "pods \"none\" not found");
  });
}

TEST(Node, AContainerSeesItsEnvironmentItsVolumesAndNothingOfTheMachine) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.store
        .create("configmaps", {{"metadata", {{"name", "conf"}, {"namespace", "default"}}},
                               {"data", {{"a.txt", "alpha"}, {"run.sh", "#!/bin/sh\necho ran"}}}})
        .value();
    world.create_pod("web", R"(
terminationGracePeriodSeconds: 1
hostAliases: [{ip: 127.0.0.1, hostnames: [envoy]}]
securityContext: {runAsNonRoot: true}
containers:
- name: app
  image: docker.io/shell:v2
  args: ['echo $GREETING $VERSION $WHO $IP $COPY; exec sleep 100']
  env:
  - {name: WHO, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
  - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
  - {name: COPY, value: "<$(WHO)>"}
  - {name: LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
  securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  volumeMounts:
  - {name: conf, mountPath: /etc/conf, readOnly: true}
  - {name: scratch, mountPath: /tmp}
volumes:
- {name: conf, configMap: {name: conf, defaultMode: 493}}
- {name: scratch, emptyDir: {medium: Memory}}
)");
    ASSERT_TRUE(world.wait_for_log("web", "app", "hello")) << world.pod("web").dump(1);
    EXPECT_EQ(world.log("web", "app"), "hello two web 10.244.0.2 <web>\n");
    const auto shell = [&](const std::string& script) {
      return world.exec("web", "app", {"sh", "-c", script});
    };
    EXPECT_EQ(shell("exec 2>&1; id -u; echo $LABEL; cat /etc/conf/a.txt; /etc/conf/run.sh").out,
              "1234\nweb\nalpharan\n");
    EXPECT_EQ(shell("echo x > /tmp/file && cat /tmp/file").out, "x\n");
    EXPECT_NE(shell("touch /etc/file").code, 0);
    EXPECT_NE(shell("touch /etc/conf/file").code, 0);
    EXPECT_EQ(shell("ls /home /mnt; ls -d /work 2>/dev/null").out, "/home:\n\n/mnt:\n");
    EXPECT_NE(shell("getent ahostsv4 envoy").out.find("127.0.0.1"), std::string::npos);
    EXPECT_NE(shell("cat /etc/resolv.conf").out.find("search default.svc.cluster.local"), std::string::npos);
    world.remove_pod("web");
    ASSERT_TRUE(world.run_until_gone("web"));
  });
}

TEST(Node, PodsReachEachOther) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string server =
        "use IO::Socket::INET; $|=1; my $s = IO::Socket::INET->new(LocalPort=>80, Listen=>5, ReuseAddr=>1) "
        "or die;"
        "print qq(up\\n); while (my $c = $s->accept) { <$c>; print $c qq(HTTP/1.0 200 OK\\r\\n\\r\\nI am "
        "$ENV{HOSTNAME}); close $c }";
    world.create_pod("server",
                     "{containers: [{name: app, image: 'shell:v1', command: [perl, -e, '" + server + "']}]}");
    world.create_pod("client", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}");
    ASSERT_TRUE(world.wait_for_log("server", "app", "up")) << world.log("server", "app");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("client", "app"); }));
    const std::string address = world.pod("server")["status"]["podIP"].get<std::string>();
    EXPECT_EQ(world.exec("client", "app", {"curl", "-s", "http://" + address}).out, "I am server");
  });
}

TEST(Node, AnUnknownImageWaitsAndSaysWhatTheCatalogueHas) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", "{containers: [{name: app, image: 'busybux:1'}]}");
    ASSERT_TRUE(world.run_until([&] { return world.waiting_reason("web", "app") == "ImagePullBackOff"; }));
    EXPECT_NE(string_at(world.container("web", "app"), {"state", "waiting", "message"})
                  .find("did you mean \"busybox\"?"),
              std::string::npos);
    EXPECT_EQ(world.pod("web")["status"]["phase"], "Pending");
    EXPECT_NE(world.log("web", "app").find("waiting to start"), std::string::npos);
    world.remove_pod("web");
    EXPECT_TRUE(world.run_until_gone("web"));
  });
}

TEST(Node, AMissingCommandIsAStartErrorWithCode128) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod(
        "web", "{restartPolicy: Never, containers: [{name: app, image: busybox, command: [/no/such]}]}");
    ASSERT_TRUE(world.run_until([&] {
      return string_at(world.pod("web"), {"status", "phase"}) == "Failed";
    })) << world.pod("web").dump(1);
    const json end = world.container("web", "app")["state"]["terminated"];
    EXPECT_EQ(end["exitCode"], 128);
    EXPECT_EQ(end["reason"], "StartError");
    EXPECT_NE(end["message"].get<std::string>().find("/no/such"), std::string::npos) << end.dump();
  });
}

TEST(Node, APodThatWaitsForItsConfigMapGoesOnWhenItAppears) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", R"({containers: [{name: app, image: busybox, command: [sleep, '100'],
      volumeMounts: [{name: conf, mountPath: /conf}]}], volumes: [{name: conf, configMap: {name: late}}]})");
    ASSERT_TRUE(
        world.run_until([&] { return world.has_event("FailedMount", "configmap \"late\" not found"); }));
    world.store
        .create("configmaps",
                {{"metadata", {{"name", "late"}, {"namespace", "default"}}}, {"data", {{"k", "v"}}}})
        .value();
    EXPECT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
  });
}

TEST(Node, AChangedConfigMapReachesTheRunningContainerWhichIsToldToReadItAnew) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const auto set = [&](const char* value) {
      if (!world.store.find("configmaps", "default", "conf"))
        world.store.create("configmaps", {{"metadata", {{"name", "conf"}, {"namespace", "default"}}}}).value();
      world.store.modify("configmaps", "default", "conf", [&](json& map) { map["data"]["k"] = value; }).value();
    };
    set("old");
    world.create_pod("web", R"(
containers:
- name: app
  image: busybox
  command:
  - perl
  - -MIO::Socket::INET
  - -e
  - |
    $| = 1;
    my $listening = IO::Socket::INET->new(LocalPort => 99, Listen => 5, ReuseAddr => 1);
    while (my $client = $listening->accept) {
      print scalar <$client>;
      print $client "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    }
  volumeMounts: [{name: conf, mountPath: /conf}]
volumes: [{name: conf, configMap: {name: conf}}]
)");
    world.store
        .modify("pods", "default", "web",
                [](json& pod) { pod["metadata"]["annotations"]["rehearsal.zdt.dev/reload"] = ":99/again"; })
        .value();
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    EXPECT_EQ(world.exec("web", "app", {"cat", "/conf/k"}).out, "old");
    set("new");
    ASSERT_TRUE(world.run_until([&] { return world.exec("web", "app", {"cat", "/conf/k"}).out == "new"; }));
    EXPECT_TRUE(world.wait_for_log("web", "app", "POST /again"));
  });
}

TEST(Node, APodDeletedFromTheStoreAtOnceIsKilledAndLeavesNothing) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", "{containers: [{name: app, image: busybox, command: [sleep, '100']}]}");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    world.remove_pod("web", 0);
    EXPECT_FALSE(world.exists("web"));
    EXPECT_TRUE(world.run_until([] { return other_processes() == 0; }));
  });
}

TEST(Node, ItsEndKillsEveryContainerAtOnce) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", R"({containers: [{name: app, image: busybox, command: [sleep, '100'],
      lifecycle: {preStop: {sleep: {seconds: 30}}}}]})");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    world.node.reset();
    EXPECT_TRUE(world.run_until([] { return other_processes() == 0; }, std::chrono::seconds(2)));
  });
}

}  // namespace
}  // namespace zdt::rehearsal
