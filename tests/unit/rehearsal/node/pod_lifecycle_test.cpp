#include "unit/rehearsal/node/node_world.h"

// The order of things in a pod's life, read from time stamps that its own processes write.
namespace zdt::rehearsal {
namespace {

/// A shell that writes "NAME start" and, at SIGTERM, "NAME term" with the time, into the shared log of the
/// pod.
const char* kShared = "volumeMounts: [{name: shared, mountPath: /shared}]";
std::string recorder(const std::string& name, const std::string& at_term = "exit 0") {
  return "command: [/bin/bash, -c, \"note() { echo $1 >> /shared/log; }; trap 'note " + name + "-term; " +
         at_term + "' TERM; note " + name + "-start; while true; do sleep 0.02; done\"]";
}
const char* kVolume = "volumes: [{name: shared, emptyDir: {}}]";

/// The shared log as the test sees it; read through a container of a second kind would disturb the pod's end.
std::string shared_log(NodeWorld& world, const std::string& pod) {
  const auto found = host::read_file(world.pod_folder(pod) + "/volumes/shared/log");
  return found ? *found : "";
}

/// Deletes the pod and returns its shared log as it was last seen before it vanished.
std::string log_until_gone(NodeWorld& world, const std::string& pod, int64_t grace = -1) {
  const std::string file = world.pod_folder(pod) + "/volumes/shared/log";
  std::string latest;
  world.remove_pod(pod, grace);
  EXPECT_TRUE(world.run_until([&] {
    if (const auto found = host::read_file(file)) latest = *found;
    return !world.exists(pod);
  }));
  return latest;
}

milliseconds since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
}

TEST(PodLifecycle, ASidecarStartsBeforeTheMainContainerAndIsStoppedAfterIt) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string shared = kShared;
    world.create_pod(
        "web",
        "{terminationGracePeriodSeconds: 20, " + std::string(kVolume) +
            ", initContainers: ["
            "{name: setup, image: busybox, command: [sh, -c, 'echo setup >> /shared/log'], " +
            shared +
            "}, "
            "{name: first, image: busybox, restartPolicy: Always, " +
            recorder("first") + ", " + shared +
            ", startupProbe: {periodSeconds: 1, exec: {command: [grep, -q, first-start, /shared/log]}}}, "
            "{name: second, image: busybox, restartPolicy: Always, " +
            recorder("second") + ", " + shared +
            "}], containers: ["
            "{name: app, image: busybox, " +
            recorder("app", "sleep 0.2; echo app-end >> /shared/log; exit 0") + ", " + shared + "}]}");
    ASSERT_TRUE(world.run_until([&] {
      return shared_log(world, "web").find("app-start") != std::string::npos;
    })) << world.pod("web").dump(1)
        << shared_log(world, "web");
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "True"; }));
    EXPECT_LT(shared_log(world, "web").find("setup"), shared_log(world, "web").find("first-start"));
    EXPECT_LT(shared_log(world, "web").find("first-start"), shared_log(world, "web").find("app-start"));
    const std::string log = log_until_gone(world, "web");
    const std::string end = log.substr(log.find("app-term"));
    EXPECT_EQ(end, "app-term\napp-end\nsecond-term\nfirst-term\n");
  });
}

TEST(PodLifecycle, PostStartHoldsRunningAndTheNextContainerBack) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string shared = kShared;
    world.create_pod("web", "{terminationGracePeriodSeconds: 1, " + std::string(kVolume) +
                                ", containers: ["
                                "{name: proxy, image: busybox, " +
                                recorder("proxy") + ", " + shared +
                                ", lifecycle: {postStart: {exec: {command: [sh, -c, 'until [ -e /shared/go "
                                "]; do sleep 0.02; done; echo hook >> /shared/log']}}}}, "
                                "{name: app, image: busybox, " +
                                recorder("app") + ", " + shared + "}]}");
    ASSERT_TRUE(
        world.run_until([&] { return shared_log(world, "web").find("proxy-start") != std::string::npos; }));
    EXPECT_FALSE(world.run_until([&] { return world.is_running("web", "proxy"); }, milliseconds(200)));
    std::ofstream(world.pod_folder("web") + "/volumes/shared/go") << "now";
    ASSERT_TRUE(
        world.run_until([&] { return world.is_running("web", "proxy") && world.is_running("web", "app"); }));
    ASSERT_TRUE(
        world.run_until([&] { return shared_log(world, "web").find("app-start") != std::string::npos; }));
    EXPECT_EQ(shared_log(world, "web"), "proxy-start\nhook\napp-start\n");
  });
}

TEST(PodLifecycle, AFailingPostStartKillsTheContainer) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web",
                     R"({restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{name: app,
      image: busybox, command: [/bin/bash, -c, "trap 'exit 3' TERM; while true; do sleep 0.02; done"],
      lifecycle: {postStart: {exec: {command: [sh, -c, 'echo no; exit 5']}}}}]})");
    ASSERT_TRUE(world.run_until([&] {
      return string_at(world.pod("web"), {"status", "phase"}) == "Failed";
    }));
    EXPECT_TRUE(world.has_event("FailedPostStartHook", "exited with 5: no"));
  });
}

TEST(PodLifecycle, PreStopRunsBeforeTheStopSignalAndReadinessGoesOn) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string shared = kShared;
    world.create_pod("web", "{terminationGracePeriodSeconds: 20, " + std::string(kVolume) +
                                ", containers: ["
                                "{name: app, image: busybox, " +
                                recorder("app") + ", " + shared +
                                ", readinessProbe: {periodSeconds: 1, failureThreshold: 1, exec: {command: "
                                "[sh, -c, '! test -e /shared/draining']}}"
                                ", livenessProbe: {periodSeconds: 1, failureThreshold: 1, exec: {command: "
                                "[sh, -c, '! test -e /shared/draining']}}"
                                ", lifecycle: {preStop: {exec: {command: [sh, -c, 'echo hook >> /shared/log; "
                                "touch /shared/draining; until [ -e /shared/go ]; do sleep 0.02; done; echo "
                                "done >> /shared/log']}}}}]}");
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "True"; }))
        << world.pod("web").dump(1);
    world.remove_pod("web");
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "False"; }))
        << "readiness stopped";
    EXPECT_TRUE(world.is_running("web", "app"));
    EXPECT_FALSE(world.has_event("Killing", "liveness"));
    std::ofstream(world.pod_folder("web") + "/volumes/shared/go") << "now";
    EXPECT_EQ(log_until_gone(world, "web"), "app-start\nhook\ndone\napp-term\n");
  });
}

TEST(PodLifecycle, AnOverrunGracePeriodEndsInSigkill) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string shared = kShared;
    world.create_pod("web", "{terminationGracePeriodSeconds: 1, " + std::string(kVolume) +
                                ", containers: ["
                                "{name: app, image: busybox, " +
                                recorder("app", "true") + ", " + shared +
                                ", lifecycle: {preStop: {sleep: {seconds: 30}}}}]}");
    ASSERT_TRUE(world.run_until([&] { return shared_log(world, "web") == "app-start\n"; }));
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(log_until_gone(world, "web"), "app-start\napp-term\n");
    EXPECT_GE(since(began), milliseconds(2950)) << "1 s of grace, and 2 s after the signal in any case";
    EXPECT_LT(since(began), milliseconds(5000));
  });
}

TEST(PodLifecycle, ALaterDeletionShortensTheGrace) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", R"({terminationGracePeriodSeconds: 50, containers: [{name: app, image: busybox,
      command: [sleep, '100'], lifecycle: {preStop: {sleep: {seconds: 45}}}}]})");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("web", "app"); }));
    world.remove_pod("web");
    ASSERT_TRUE(world.run_until([&] { return world.has_event("Killing"); }));
    world.remove_pod("web", 1);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(world.run_until_gone("web"));
    EXPECT_LT(since(began), milliseconds(5000));
  });
}

TEST(PodLifecycle, ACrashIsRestartedAtOnceAndThenBacksOff) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod(
        "web", R"({containers: [{name: app, image: busybox, command: [sh, -c, 'echo started; exit 3']}]})");
    ASSERT_TRUE(world.run_until([&] { return world.waiting_reason("web", "app") == "CrashLoopBackOff"; }))
        << world.pod("web").dump(1);
    const json status = world.container("web", "app");
    EXPECT_EQ(status["restartCount"], 1);
    EXPECT_EQ(status["lastState"]["terminated"]["exitCode"], 3);
    EXPECT_NE(status["state"]["waiting"]["message"].get<std::string>().find("back-off 10s"),
              std::string::npos);
    EXPECT_EQ(world.pod("web")["status"]["phase"], "Running");
    LogOptions previous;
    previous.previous = true;
    EXPECT_EQ(world.log("web", "app", previous), "started\n");
    world.remove_pod("web");
    EXPECT_TRUE(world.run_until_gone("web"));
  });
}

TEST(PodLifecycle, AFailingLivenessProbeRestartsTheContainer) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web", R"({terminationGracePeriodSeconds: 1, containers: [{name: app, image: busybox,
      command: [/bin/bash, -c, "trap 'exit 0' TERM; while true; do sleep 0.02; done"],
      livenessProbe: {periodSeconds: 1, failureThreshold: 2, tcpSocket: {port: 81}}}]})");
    ASSERT_TRUE(world.run_until([&] { return int_at(world.container("web", "app"), {"restartCount"}) == 1; }))
        << world.pod("web").dump(1);
    EXPECT_TRUE(world.has_event(
        "Unhealthy", "Liveness probe failed: dial tcp 10.244.0.2:81: connect: connection refused"));
    EXPECT_TRUE(world.has_event("Killing", "Container app failed liveness probe, will be restarted"));
  });
}

TEST(PodLifecycle, AnHttpProbeMakesThePodReadyAndUnready) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const std::string server =
        "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort=>8000, Listen=>5, ReuseAddr=>1) or "
        "die;"
        "while (my $c = $s->accept) { while (my $l = <$c>) { last if $l eq qq(\\r\\n) }"
        " my $code = -e q(/tmp/bad) ? 503 : 200; print $c qq(HTTP/1.1 $code X\\r\\nContent-Length: "
        "0\\r\\nConnection: close\\r\\n\\r\\n); close $c }";
    world.create_pod("web",
                     "{terminationGracePeriodSeconds: 1, containers: [{name: app, image: busybox, ports: "
                     "[{name: http, containerPort: 8000}],"
                     "command: [perl, -e, '" +
                         server +
                         "'], readinessProbe: {periodSeconds: 1, failureThreshold: 1, httpGet: {path: /x, "
                         "port: http}}}]}");
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "True"; }))
        << world.pod("web").dump(1);
    world.exec("web", "app", {"touch", "/tmp/bad"});
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "False"; }));
    EXPECT_TRUE(
        world.has_event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"));
  });
}

TEST(PodLifecycle, AFollowedLogEndsWithTheContainer) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("job", R"({restartPolicy: Never, containers: [{name: app, image: busybox,
      command: [sh, -c, 'for i in 1 2 3 4; do echo line $i; sleep 0.1; done; printf end']}]})");
    ASSERT_TRUE(world.run_until([&] { return world.is_running("job", "app"); }));
    LogOptions follow;
    follow.follow = true;
    EXPECT_EQ(world.log("job", "app", follow), "line 1\nline 2\nline 3\nline 4\nend\n");
    LogOptions tail;
    tail.tail_lines = 2;
    EXPECT_EQ(world.log("job", "app", tail), "line 4\nend\n");
    ASSERT_TRUE(world.run_until([&] {
      return string_at(world.pod("job"), {"status", "phase"}) == "Succeeded";
    }));
  });
}

TEST(PodLifecycle, AFinishedPodStopsItsSidecarsAndSucceeds) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod(
        "job", R"({restartPolicy: Never, terminationGracePeriodSeconds: 5, initContainers: [{name: helper,
      image: busybox, restartPolicy: Always, command: [/bin/bash, -c, "trap 'exit 0' TERM; while true; do sleep 0.02; done"]}],
      containers: [{name: app, image: busybox, command: ['true']}]})");
    ASSERT_TRUE(world.run_until([&] {
      return string_at(world.pod("job"), {"status", "phase"}) == "Succeeded";
    })) << world.pod("job").dump(1);
    EXPECT_EQ(world.container("job", "helper")["state"]["terminated"]["exitCode"], 0);
    world.remove_pod("job");
    EXPECT_TRUE(world.run_until_gone("job"));
    EXPECT_EQ(other_processes(), 0);
  });
}

TEST(PodLifecycle, ADeletionDuringTheStartLeavesNothing) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("web",
                     "{terminationGracePeriodSeconds: 1, containers: [{name: app, image: busybox, command: "
                     "[sleep, '100']}]}");
    ASSERT_TRUE(world.run_until([&] { return world.has_event("Pulled"); }));
    world.remove_pod("web");
    EXPECT_TRUE(world.run_until_gone("web"));
    EXPECT_EQ(other_processes(), 0);
  });
}

}  // namespace
}  // namespace zdt::rehearsal
