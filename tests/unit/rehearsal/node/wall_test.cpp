// What a container may do to the machine it runs on: objects are put into the store as no API would take them.
#include <fcntl.h>

#include "rehearsal/node/device_guard.h"
#include "unit/rehearsal/node/node_world.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kSleeper = "command: [sleep, '100']";

/// A folder of the machine that no container may see or change.
struct Victim {
  Victim() {
    host::write_file(dir.path() / "secret", "kept").value();
    host::fs::permissions(dir.path(), host::fs::perms(0777));
  }
  std::string path() const { return dir.path(); }
  bool is_whole() const {
    const auto secret = host::read_file(dir.path() / "secret");
    return secret && *secret == "kept" && std::distance(host::fs::directory_iterator(dir.path()), {}) == 1;
  }
  host::TempDir dir{"zdt-victim"};
};

TEST(Wall, ASubPathThatLeadsOutIsNotMounted) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const Victim victim;
    const std::string up = "../../../../../../../../../../../..";
    for (const auto& [name, path] : std::map<std::string, std::string>{
             {"up", up + victim.path()}, {"absolute", victim.path()}, {"inner", "a/../.." + up + victim.path()}}) {
      world.create_pod(name, fmt::format("{{volumes: [{{name: v, emptyDir: {{}}}}], containers: [{{name: app, image: busybox, {}, "
                                         "volumeMounts: [{{name: v, mountPath: /m, subPath: '{}'}}]}}]}}", kSleeper, path));
      EXPECT_TRUE(world.run_until([&] { return world.waiting_reason(name, "app") == "CreateContainerConfigError"; }))
          << world.pod(name).dump(1);
      EXPECT_TRUE(world.has_event("Failed", "it leads out of its volume"));
    }
    EXPECT_TRUE(victim.is_whole());
  });
}

TEST(Wall, ALinkInAVolumeDoesNotLeadASubPathOut) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const Victim victim;
    world.create_pod("p", fmt::format("{{volumes: [{{name: v, emptyDir: {{}}}}], initContainers: [{{name: i, image: busybox, "
                                      "command: [ln, -s, '{}', /m/link], volumeMounts: [{{name: v, mountPath: /m}}]}}], "
                                      "containers: [{{name: app, image: busybox, {}, volumeMounts: [{{name: v, mountPath: /m, "
                                      "subPath: link}}]}}]}}", victim.path(), kSleeper));
    EXPECT_TRUE(world.run_until([&] { return world.waiting_reason("p", "app") == "CreateContainerConfigError"; }))
        << world.pod("p").dump(1);
    EXPECT_TRUE(victim.is_whole());
  });
}

TEST(Wall, ASubPathIsAFileOrAFolderOfItsVolume) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const size_t mounts = mount_count();
    world.store.create("configmaps", {{"metadata", {{"name", "c"}, {"namespace", "default"}}}, {"data", {{"k", "v"}}}}).value();
    world.create_pod("p", fmt::format("{{volumes: [{{name: v, emptyDir: {{}}}}, {{name: c, configMap: {{name: c}}}}], containers: "
                                      "[{{name: app, image: busybox, {}, volumeMounts: [{{name: v, mountPath: /m, subPath: a/b}}, "
                                      "{{name: c, mountPath: /f, subPath: k}}]}}]}}", kSleeper));
    ASSERT_TRUE(world.run_until([&] { return world.is_running("p", "app"); })) << world.pod("p").dump(1);
    EXPECT_EQ(world.exec("p", "app", {"sh", "-c", "echo x > /m/new; cat /m/new /f"}).out, "x\nv");
    world.remove_pod("p", 0);
    EXPECT_TRUE(world.run_until([&] { return mount_count() == mounts; }));
  });
}

TEST(Wall, AVolumesNameIsNoPath) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    const Victim victim;
    int number = 0;
    for (const std::string& name : {victim.path(), std::string("../x"), std::string(".."), std::string("a/b")}) {
      const std::string pod = fmt::format("p{}", ++number);
      world.create_pod(pod, fmt::format("{{volumes: [{{name: '{}', emptyDir: {{}}}}], containers: [{{name: app, image: busybox, {}, "
                                        "volumeMounts: [{{name: '{}', mountPath: /m}}]}}]}}", name, kSleeper, name));
      EXPECT_TRUE(world.run_until([&] { return world.has_event("FailedMount", "is not the name of a volume"); })) << name;
    }
    EXPECT_TRUE(victim.is_whole());
  });
}

TEST(Wall, VolumesMadeOfObjectsAreReadOnly) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.store.create("configmaps", {{"metadata", {{"name", "c"}, {"namespace", "default"}}}, {"data", {{"k", "v"}}}}).value();
    world.store.create("secrets", {{"metadata", {{"name", "s"}, {"namespace", "default"}}}, {"data", {{"k", "dg=="}}}}).value();
    world.create_pod("p", fmt::format(
        "{{volumes: [{{name: c, configMap: {{name: c}}}}, {{name: s, secret: {{secretName: s}}}}, {{name: d, downwardAPI: {{items: "
        "[{{path: name, fieldRef: {{fieldPath: metadata.name}}}}]}}}}, {{name: p, projected: {{sources: [{{configMap: {{name: c}}}}]}}}}], "
        "containers: [{{name: app, image: busybox, {}, volumeMounts: [{{name: c, mountPath: /c}}, {{name: s, mountPath: /s}}, "
        "{{name: d, mountPath: /d}}, {{name: p, mountPath: /p}}]}}]}}", kSleeper));
    ASSERT_TRUE(world.run_until([&] { return world.is_running("p", "app"); })) << world.pod("p").dump(1);
    for (const std::string folder : {"/c", "/s", "/d", "/p"}) {
      EXPECT_NE(world.exec("p", "app", {"sh", "-c", "echo x > " + folder + "/new"}).err.find("Read-only"), std::string::npos) << folder;
      EXPECT_NE(world.exec("p", "app", {"ln", "-sfn", "/tmp", folder + "/..data"}).code, 0) << folder;
    }
  });
}

/// Whether `word` is a line of /proc/self/status with `value`.
std::string status_field(NodeWorld& world, const std::string& pod, const std::string& word) {
  return trim(world.exec(pod, "app", {"sh", "-c", "sed -n 's/^" + word + ":\\t*//p' /proc/self/status"}).out);
}

TEST(Wall, AContainerHasUsersOfItsOwnFewCapabilitiesAndAProfile) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("own", fmt::format("{{containers: [{{name: app, image: busybox, {}}}]}}", kSleeper));
    world.create_pod("shared", fmt::format("{{hostUsers: true, containers: [{{name: app, image: busybox, {}}}]}}", kSleeper));
    for (const std::string pod : {"own", "shared"}) {
      ASSERT_TRUE(world.run_until([&] { return world.is_running(pod, "app"); })) << world.pod(pod).dump(1);
      EXPECT_EQ(status_field(world, pod, "Seccomp"), "2") << pod;
      EXPECT_EQ(std::stoull(status_field(world, pod, "CapBnd"), nullptr, 16) >> 27 & 1, 0u) << pod << " has CAP_MKNOD";
      const auto map = world.exec(pod, "app", {"cut", "-c1-22", "/proc/self/uid_map"}).out;
      EXPECT_EQ(map.find("         0          0") == std::string::npos, pod == "own") << map;
      EXPECT_NE(world.exec(pod, "app", {"mknod", "/tmp/disk", "b", "7", "0"}).code, 0);
      EXPECT_NE(world.exec(pod, "app", {"unshare", "-U", "true"}).code, 0);
      EXPECT_NE(world.exec(pod, "app", {"mount", "-t", "tmpfs", "x", "/mnt"}).code, 0);
      EXPECT_NE(world.exec(pod, "app", {"sh", "-c", "echo b > /proc/sysrq-trigger"}).code, 0);
      EXPECT_NE(world.exec(pod, "app", {"sh", "-c", "echo 1 > /proc/sys/kernel/panic"}).code, 0);
      EXPECT_EQ(world.exec(pod, "app", {"sh", "-c", "find / -xdev -perm -4000 -newer /proc/1 2>/dev/null; head -c 4 /proc/kcore"}).out, "");
      EXPECT_EQ(world.exec(pod, "app", {"sh", "-c", "find /dev -type b"}).out, "");
      EXPECT_EQ(world.exec(pod, "app", {"sh", "-c", "ls /dev | tr '\\n' ' '"}).out,
                "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ");
    }
  });
}

TEST(Wall, TheMachinesNullDeviceStaysRoots) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("p", fmt::format("{{securityContext: {{runAsUser: 1234}}, containers: [{{name: app, image: busybox, {}, "
                                      "lifecycle: {{postStart: {{exec: {{command: [\"true\"]}}}}}}}}]}}", kSleeper));
    ASSERT_TRUE(world.run_until([&] { return world.is_running("p", "app"); })) << world.pod("p").dump(1);
    struct stat null {};
    ASSERT_EQ(stat("/dev/null", &null), 0);
    EXPECT_EQ(null.st_uid, 0u);
    EXPECT_EQ(null.st_gid, 0u);
  });
}

TEST(Wall, APrivilegedContainerIsRefusedWithTheWayOut) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  in_cluster_namespaces([] {
    NodeWorld world;
    world.create_pod("p", fmt::format("{{containers: [{{name: app, image: busybox, {}, securityContext: {{privileged: true}}}}]}}", kSleeper));
    ASSERT_TRUE(world.run_until([&] { return world.waiting_reason("p", "app") == "CreateContainerConfigError"; }));
    EXPECT_TRUE(world.has_event("Failed", "runs no privileged containers"));
    world.create_pod("q", fmt::format("{{hostUsers: true, containers: [{{name: app, image: busybox, {}, securityContext: {{capabilities: "
                                      "{{add: [SYS_ADMIN]}}}}}}]}}", kSleeper));
    ASSERT_TRUE(world.run_until([&] { return world.waiting_reason("q", "app") == "CreateContainerConfigError"; }));
    EXPECT_TRUE(world.has_event("Failed", "adds the capability SYS_ADMIN"));
  });
}

/// In a process of its own, which enters the guard for good: an errno, or what could not be done.
int climb_in_guard(const std::string& record) {
  if (const auto guarded = guard_devices(record); !guarded) return guarded.error().what.find("cgroup2") == std::string::npos ? 98 : 97;
  if (!host::UniqueFd(open("/dev/null", O_RDWR)) || !host::UniqueFd(open("/dev/urandom", O_RDONLY))) return 99;
  const host::UniqueFd kernel_log(open("/dev/kmsg", O_RDONLY));
  return kernel_log ? 0 : errno;
}

TEST(Wall, NoProcessInTheGuardOpensADeviceOfTheMachine) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: it makes a control group";
  const host::TempDir folder("zdt-device-guard");
  const std::string record = folder.path() / "device-guard";
  const pid_t child = fork();
  if (child == 0) _exit(climb_in_guard(record));
  int status = 0;
  waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 97) GTEST_SKIP() << "this machine has no cgroup2";
  EXPECT_EQ(WEXITSTATUS(status), EPERM);
  const std::string group = host::read_file(record).value();
  EXPECT_TRUE(host::fs::exists(group));
  EXPECT_TRUE(remove_device_guard(record));
  EXPECT_FALSE(host::fs::exists(group));
}

}  // namespace
}  // namespace zdt::rehearsal
