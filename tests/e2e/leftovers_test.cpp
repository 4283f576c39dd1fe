// What `cluster down` must leave: the host as it was before.
#include <signal.h>

#include "base/text.h"
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Leftovers : public Demo {
 protected:
  /// Everything of the host that a cluster could change, as text.
  struct HostState {
    std::string mounts, network, firewall, user_kubeconfig, control_groups;
    bool operator==(const HostState&) const = default;
  };

  HostState host_state() {
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    auto mounts = host::read_file("/proc/self/mounts");
    auto kubeconfig = host::read_file(home + "/.kube/config");
    return {mounts ? *mounts : "",
            program({"ip", "address"}).out + program({"ip", "route"}).out + program({"ip", "netns"}).out,
            program({"nft", "list", "ruleset"}).out, kubeconfig ? *kubeconfig : "",
            program({"find", "/sys/fs/cgroup", "-name", "zdt-rehearsal-*"}).out};
  }

  /// The cluster's processes, pods included: the server and all below it. Their namespaces and mounts cannot outlive
  /// them, as nothing is bound anywhere (the mounts are compared).
  std::map<pid_t, std::string> processes() {
    std::map<pid_t, pid_t> parents;
    for (const auto& process : host::fs::directory_iterator("/proc")) {
      auto stat = host::read_file(process.path() / "stat");
      if (!stat) continue;
      parents[std::atoi(stat->c_str())] = std::atoi(split(stat->substr(stat->rfind(')') + 2), ' ')[1].c_str());
    }
    const auto server = static_cast<pid_t>(int_at(cluster_status(), {"pid"}));
    std::map<pid_t, std::string> found;
    for (const auto& [pid, parent] : parents) {
      for (pid_t above = pid; above > 1; above = parents[above]) {
        if (above == server) found[pid] = host::start_time_of(pid);
      }
    }
    return found;
  }

  static std::vector<pid_t> still_running(const std::map<pid_t, std::string>& processes) {
    std::vector<pid_t> running;
    for (const auto& [pid, started] : processes) {
      if (!started.empty() && host::start_time_of(pid) == started) running.push_back(pid);
    }
    return running;
  }

  void expect_restored(const HostState& before) {
    EXPECT_FALSE(host::fs::exists(state() / "zdt-demo/rehearsal"));
    const HostState after = host_state();
    EXPECT_EQ(after.mounts, before.mounts);
    EXPECT_EQ(after.network, before.network);
    EXPECT_EQ(after.firewall, before.firewall);
    EXPECT_EQ(after.user_kubeconfig, before.user_kubeconfig);
    EXPECT_EQ(after.control_groups, before.control_groups);
  }
};

TEST_F(Leftovers, DownRestoresTheHostAndEndsEveryProcess) {
  const HostState before = host_state();
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  const auto running = processes();
  EXPECT_GE(running.size(), 14u) << "the server, dnsmasq, six apps, four sidecars, the edge, Prometheus";
  ASSERT_EQ(demo({"cluster", "down"}).code, 0);
  EXPECT_EQ(still_running(running), std::vector<pid_t>());
  expect_restored(before);
}

TEST_F(Leftovers, NothingOutlivesAServerThatWasKilled) {
  const HostState before = host_state();
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal"}).code, 0);
  const auto running = processes();
  ASSERT_EQ(kill(static_cast<pid_t>(int_at(cluster_status(), {"pid"})), SIGKILL), 0);
  ASSERT_EQ(demo({"cluster", "down"}).code, 0);
  EXPECT_EQ(still_running(running), std::vector<pid_t>());
  expect_restored(before);
}

// Again and again: for some milliseconds the killed server is still in the process table, and answers no more.
TEST_F(Leftovers, AClusterComesUpAfterItsServerWasKilled) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  for (int round = 0; round < 10; ++round) {
    ASSERT_EQ(kill(static_cast<pid_t>(int_at(cluster_status(), {"pid"})), SIGKILL), 0);
    const host::Exit again = demo({"cluster", "up"});
    ASSERT_EQ(again.code, 0) << "round " << round << ": " << again.err;
    ASSERT_EQ(kubectl({"get", "nodes", "-o", "name"}).code, 0);
  }
}

}  // namespace
}  // namespace zdt::e2e
