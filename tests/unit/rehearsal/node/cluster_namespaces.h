// Runs the body of a test as the cluster's server runs: PID 1 of its own process namespace, with private
// mounts.
#pragma once
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "host/files.h"

namespace zdt::rehearsal {

constexpr unsigned kTestSeconds = 60;

/// In the new namespace's PID 1; never returns.
[[noreturn]] inline void run_as_first_process(const std::function<void()>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool isolated = mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                        mount("proc", "/proc", "proc", 0, nullptr) == 0 &&
                        mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, nullptr) == 0;
  EXPECT_TRUE(isolated) << "cannot mount in the private namespace";
  try {
    if (isolated) body();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "unexpected exception: " << error.what();
  }
  std::fflush(nullptr);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}

/// The kernel kills what the body leaves behind, together with its PID 1: at its end, after kTestSeconds, and
/// when the test itself is killed. A failure inside is printed there and fails the test here.
inline void in_cluster_namespaces(const std::function<void()>& body) {
  std::fflush(nullptr);
  const host::TempDir scratch("zdt-node-test");  // ours, so that it goes also when the body is killed
  const pid_t keeper = fork();
  if (keeper == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(kTestSeconds);
    setenv("TMPDIR", scratch.path().c_str(), 1);
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) _exit(99);
    const pid_t first = fork();
    if (first == 0) run_as_first_process(body);
    int status = 0;
    waitpid(first, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status));
  }
  int status = 0;
  waitpid(keeper, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status) << " (14: it took too long)";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: printed above; 99: no namespace; from 100 on: a signal";
}

}  // namespace zdt::rehearsal

#define ZDT_NEEDS_ROOT_AND_CRUN()                                            \
  if (geteuid() != 0) GTEST_SKIP() << "needs root: it runs real containers"; \
  if (access("/usr/bin/crun", X_OK) != 0) GTEST_SKIP() << "needs /usr/bin/crun"
