// C4: what a container of root, without any securityContext, cannot do.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <set>

#include "base/text.h"
#include "security/attacked.h"

namespace zdt::security {
namespace {

constexpr const char* kSocket = "zdt-security-wall";

std::vector<std::string> own_addresses() {
  std::vector<std::string> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN];
    found.push_back(
        inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text));
  }
  freeifaddrs(all);
  return found;
}

/// Listens where a service of this machine would: on all addresses, and at an abstract socket.
class Machine {
 public:
  Machine()
      : tcp_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        local_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    socklen_t size = sizeof any;
    EXPECT_EQ(bind(tcp_, reinterpret_cast<sockaddr*>(&any), size), 0);
    EXPECT_EQ(listen(tcp_, 64), 0);
    getsockname(tcp_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path + 1, kSocket, std::strlen(kSocket));
    bind(local_, reinterpret_cast<sockaddr*>(&name),
         static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + std::strlen(kSocket)));
    listen(local_, 64);
  }
  ~Machine() {
    close(tcp_);
    close(local_);
  }
  uint16_t port() const { return port_; }

 private:
  int tcp_, local_;
  uint16_t port_ = 0;
};

class ContainerWall : public Wall {
 protected:
  /// Lets a pod climb, once for each name; empty when it never ran.
  static const Climbs& climb(const std::string& name, const json& spec = json::object(),
                             const json& container = json::object()) {
    static std::map<std::string, Climbs> done;
    if (!done.contains(name)) done[name] = let_climb(name, spec, container);
    return done[name];
  }
  static const Climbs& ordinary() { return climb("ordinary"); }

  static void expect_refused(const Climbs& climbs, const std::string& prefix,
                             const std::set<std::string>& with) {
    size_t seen = 0;
    for (const auto& [name, what] : climbs) {
      if (!name.starts_with(prefix)) continue;
      ++seen;
      if (!with.contains(what)) ADD_FAILURE() << name << ": " << what;
    }
    EXPECT_GT(seen, 0u) << "nothing was tried: " << prefix;
  }

  /// A pod that asks for more than this cluster gives does not run, or what it climbs is refused all the
  /// same. inside: what its capabilities reach in its own namespaces is its own affair.
  enum class Reach { kNothing, kInside };
  static void expect_no_more(const std::string& name, const json& spec, const json& container,
                             Reach reach = Reach::kNothing);

 private:
  static Climbs let_climb(const std::string& name, const json& spec, const json& container);
};

Climbs ContainerWall::let_climb(const std::string& name, const json& spec, const json& container) {
  const Machine machine;
  std::vector<std::string> addresses;
  for (const std::string& address : own_addresses()) {
    addresses.push_back(address + ":" + std::to_string(machine.port()));
    addresses.push_back(address + ":" + std::to_string(port()));
  }
  for (const char* address :
       {"10.244.0.1", "172.18.0.2", "172.18.0.3", "10.96.0.1", "10.96.0.10", "169.254.169.254"}) {
    addresses.push_back(address + (":" + std::to_string(machine.port())));
  }
  json volumes = {
      {{"name", "data"}, {"emptyDir", json::object()}},
      {{"name", "memory"}, {"emptyDir", {{"medium", "Memory"}}}},
      {{"name", "facts"},
       {"downwardAPI", {{"items", {{{"path", "name"}, {"fieldRef", {{"fieldPath", "metadata.name"}}}}}}}}}};
  json with = {{"volumes", volumes}};
  with.merge_patch(spec);
  json main = {{"env",
                {{{"name", "CLIMB_INSIDE"}, {"value", "container"}},
                 {{"name", "CLIMB_ADDRESSES"}, {"value", join(addresses, " ")}},
                 {{"name", "CLIMB_SOCKETS"}, {"value", kSocket}}}},
               {"volumeMounts",
                {{{"name", "data"}, {"mountPath", "/data"}},
                 {{"name", "memory"}, {"mountPath", "/memory"}},
                 {{"name", "facts"}, {"mountPath", "/facts"}}}}};
  main.merge_patch(container);
  const Answer made = api("POST", kPods, pod(name, {"/climber", "try", "/data"}, with, main));
  if (made.status != 201) return {};
  const auto over = [&] {
    return phase(name) == "Succeeded" || phase(name) == "Failed" ||
           (!has_run(name) && (reasons(name).find("Error") != std::string::npos ||
                               reasons(name).find("Failed") != std::string::npos));
  };
  EXPECT_TRUE(until(over, milliseconds(20'000)))
      << name << " neither ended nor said why not: " << reasons(name);
  Climbs climbs;
  for (const std::string& line : split(has_run(name) ? log(name) : "", '\n')) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) climbs[line.substr(0, colon)] = line.substr(colon + 2);
  }
  if (!climbs.empty()) {
    EXPECT_EQ(climbs["climber"], "done") << log(name);
  }
  remove_pod(name);
  return climbs;
}

const std::set<std::string> kRefused = {"EPERM", "EACCES", "ENOSYS", "EROFS"};
const std::set<std::string> kRefusedOrAbsent = {"EPERM", "EACCES", "ENOSYS", "EROFS",  "ENOENT",
                                                "ENXIO", "empty",  "EIO",    "ENOTDIR"};

void expect_the_default(const Climbs& climbs) { EXPECT_FALSE(climbs.empty()) << "the pod never ran"; }

TEST_F(ContainerWall, NoDeviceNodeIsMadeAndNoDeviceOfTheMachineIsOpened) {
  expect_refused(ordinary(), "device ", kRefused);
}

TEST_F(ContainerWall, ItsDevFolderHoldsWhatEveryContainerHas) {
  const std::set<std::string> known = {"null",    "zero",   "full",   "random", "urandom",        "tty",
                                       "console", "ptmx",   "pts",    "shm",    "mqueue",         "fd",
                                       "stdin",   "stdout", "stderr", "core",   "termination-log"};
  expect_the_default(ordinary());
  for (const std::string& name : split(ordinary().at("list /dev"), ' '))
    EXPECT_TRUE(known.contains(name)) << "/dev/" << name;
}

TEST_F(ContainerWall, TheKernelsFilesAreMaskedOrReadOnly) {
  expect_refused(ordinary(), "write /", kRefusedOrAbsent);
  for (const char* path :
       {"/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list", "/proc/sched_debug",
        "/proc/latency_stats", "/dev/kmsg", "/dev/mem", "/dev/port", "/sys/firmware/acpi/tables/DSDT"}) {
    expect_refused(ordinary(), std::string("read ") + path, kRefusedOrAbsent);
  }
  for (const char* path : {"/sys/firmware", "/proc/scsi", "/proc/acpi"})
    EXPECT_EQ(ordinary().at(std::string("list ") + path), "");
}

TEST_F(ContainerWall, CallsThatReachTheKernelAreRefused) { expect_refused(ordinary(), "call ", kRefused); }

TEST_F(ContainerWall, ItHoldsThoseCapabilitiesThatContainerdGivesButMknod) {
  expect_the_default(ordinary());
  EXPECT_EQ(ordinary().at("CapBnd"), "00000000a00425fb");
  EXPECT_EQ(ordinary().at("CapEff"), "00000000a00425fb");
  EXPECT_EQ(ordinary().at("CapInh"), "0000000000000000");
  EXPECT_EQ(ordinary().at("CapAmb"), "0000000000000000");
  EXPECT_EQ(ordinary().at("Seccomp"), "2");
}

TEST_F(ContainerWall, ItsMountsGiveNoDevicesAndItsVolumesNoSetuid) {
  expect_the_default(ordinary());
  for (const auto& [name, options] : ordinary()) {
    if (!name.starts_with("mount ")) continue;
    const std::string place = name.substr(6);
    // /dev has the ones that every container has, each bound or made there by crun; what masks a part of
    // /proc and /sys is the null device, an empty folder, or that part itself, read-only.
    const bool mask =
        (place.starts_with("/proc/") || place.starts_with("/sys/")) && options.starts_with("ro");
    if (place != "/dev" && !place.starts_with("/dev/") && !mask) {
      EXPECT_NE(options.find("nodev"), std::string::npos) << place << ": " << options;
    }
    EXPECT_EQ(options.find("shared:"), std::string::npos) << place << ": " << options;
    if (place == "/data" || place == "/memory" || place == "/facts") {
      EXPECT_NE(options.find("nosuid"), std::string::npos) << place << ": " << options;
    }
    if (place == "/facts") {
      EXPECT_TRUE(options.starts_with("ro")) << place << ": " << options;
    }
  }
  EXPECT_EQ(ordinary().at("setuid"), "runs as 12345");
}

TEST_F(ContainerWall, ItInheritsNoDescriptorOfTheServer) {
  expect_the_default(ordinary());
  for (const auto& [name, target] : ordinary()) {
    if (!name.starts_with("descriptor ")) continue;
    EXPECT_TRUE(name == "descriptor 0" || name == "descriptor 1" || name == "descriptor 2")
        << name << ": " << target;
  }
}

// By exec, by hooks and by probes a process comes into a container, too.
TEST_F(ContainerWall, AProcessThatComesLaterInheritsNoneEither) {
  json hooked =
      pod("later", {"/climber", "sleep"}, json::object(),
          {{"lifecycle",
            {{"postStart", {{"exec", {{"command", {"sh", "-c", "/climber descriptors > /tmp/by-hook"}}}}}}}},
           {"startupProbe",
            {{"exec", {{"command", {"sh", "-c", "/climber descriptors > /tmp/by-probe"}}}},
             {"periodSeconds", 1}}}});
  create(kPods, hooked);
  EXPECT_TRUE(until([&] { return has_run("later"); })) << reasons("later");
  const auto kubectl = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"kubectl", "exec", "later", "--"});
    return run(words, environment(), milliseconds(20'000), 60'000'000);
  };
  EXPECT_TRUE(until([&] { return kubectl({"cat", "/tmp/by-probe"}).code == 0; }));
  for (const Ended& seen : {kubectl({"/climber", "descriptors"}), kubectl({"cat", "/tmp/by-hook"}),
                            kubectl({"cat", "/tmp/by-probe"})}) {
    EXPECT_EQ(seen.code, 0) << seen.err;
    for (const std::string& line : split(seen.out, '\n')) {
      if (!line.empty()) {
        EXPECT_TRUE(line[11] >= '0' && line[11] <= '2' && line[12] == ':') << line;
      }
    }
  }
  remove_pod("later");
}

TEST_F(ContainerWall, ItSeesNoProcessAndNoFileOfTheMachine) {
  expect_the_default(ordinary());
  EXPECT_EQ(ordinary().at("processes"), "1");
  for (const char* folder : {"/root", "/home"}) EXPECT_EQ(ordinary().at(std::string("list ") + folder), "");
  expect_refused(ordinary(), "read /etc/shadow", kRefusedOrAbsent);
  expect_refused(ordinary(), "read /proc/1/root/etc/shadow", kRefusedOrAbsent);
  EXPECT_NE(ordinary().at("chroot out"), "ok");
}

TEST_F(ContainerWall, ItReachesNoServiceOfTheMachine) {
  expect_refused(ordinary(), "connect ",
                 {"ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EPERM", "EACCES"});
}

void ContainerWall::expect_no_more(const std::string& name, const json& spec, const json& container,
                                   Reach reach) {
  const Climbs& climbs = climb(name, spec, container);
  if (climbs.empty()) return;  // refused, or it did not start: that is told below
  expect_refused(climbs, "device ", kRefused);
  expect_refused(climbs, "write /", kRefusedOrAbsent);
  for (const char* call : {"bpf", "kexec_load", "init_module", "open_by_handle_at"}) {
    expect_refused(climbs, std::string("call ") + call, kRefused);
  }
  for (const char* call : {"reboot", "mount tmpfs", "mount bind", "umount proc", "setns"}) {
    if (reach == Reach::kNothing) expect_refused(climbs, std::string("call ") + call, kRefused);
  }
  EXPECT_EQ(climbs.at("processes"), "1");
  expect_refused(climbs, "read /etc/shadow", kRefusedOrAbsent);
  expect_refused(climbs, "connect ",
                 {"ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EPERM", "EACCES"});
}

TEST_F(ContainerWall, PrivilegedGivesNoMore) {
  expect_no_more("privileged", json::object(), {{"securityContext", {{"privileged", true}}}});
}

TEST_F(ContainerWall, AddedCapabilitiesGiveNoWayOut) {
  const json all = {"SYS_ADMIN", "MKNOD", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "SYS_PTRACE",
                    "SYS_BOOT",  "BPF",   "SYSLOG",     "SYS_TIME",  "NET_ADMIN"};
  expect_no_more("adds", json::object(), {{"securityContext", {{"capabilities", {{"add", all}}}}}},
                 Reach::kInside);
  for (const char* one : {"SYS_ADMIN", "MKNOD", "DAC_READ_SEARCH", "ALL"}) {
    std::string name = "adds-" + std::string(one);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
    expect_no_more(name, json::object(), {{"securityContext", {{"capabilities", {{"add", {one}}}}}}},
                   Reach::kInside);
  }
}

TEST_F(ContainerWall, UnmaskedAndUnconfinedGiveNoWayOut) {
  expect_no_more("unmasked", json::object(), {{"securityContext", {{"procMount", "Unmasked"}}}});
  expect_no_more("unconfined", {{"securityContext", {{"seccompProfile", {{"type", "Unconfined"}}}}}},
                 json::object());
}

TEST_F(ContainerWall, TheMachinesNamespacesAreNotGiven) {
  expect_no_more("host-pid", {{"hostPID", true}}, json::object());
  expect_no_more("host-ipc", {{"hostIPC", true}}, json::object());
  expect_no_more("host-network", {{"hostNetwork", true}}, json::object());
  expect_no_more("host-users", {{"hostUsers", true}}, json::object());
}

TEST_F(ContainerWall, AnOrdinaryUserInsideHasNoCapability) {
  const Climbs& climbs =
      climb("ordinary-user", json::object(), {{"securityContext", {{"runAsUser", 12345}}}});
  expect_the_default(climbs);
  EXPECT_EQ(climbs.at("CapEff"), "0000000000000000");
  expect_refused(climbs, "device ", kRefused);
  expect_refused(climbs, "call ", kRefused);
}

}  // namespace
}  // namespace zdt::security
