// Servers that are killed at random moments: while they start, while pods start, while a rollout runs. Nothing is left, and the next
// `up` works.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include "host/lock.h"
#include "security/kill/kill_world.h"

namespace zdt::e2e {
namespace {

class KilledServer : public KillWorld {
 protected:
  host::fs::path folder() const { return state() / "zdt-demo/rehearsal"; }
  pid_t server() const { return host::ProcessLock::holder(folder() / "server.lock"); }

  /// The namespace, as its kind and number.
  static std::string space(pid_t pid, const char* kind) {
    std::error_code gone;
    return host::fs::read_symlink(fmt::format("/proc/{}/ns/{}", pid, kind), gone).string();
  }
  /// The processes in the PID namespace that a server had.
  static std::vector<pid_t> processes_in(const std::string& pid_namespace) {
    std::vector<pid_t> found;
    for (const auto& process : host::fs::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(process.path().filename().c_str());
      if (pid > 0 && !host::start_time_of(pid).empty() && space(pid, "pid") == pid_namespace) found.push_back(pid);
    }
    return found;
  }
  std::string mounts() {
    auto text = host::read_file("/proc/self/mounts");
    return text ? *text : "";
  }

  /// Waits for the server's first moment, then kills it `patience` later. The processes that it had, by the time of their start.
  std::map<pid_t, std::string> kill_server(milliseconds patience) {
    std::map<pid_t, std::string> had;
    if (!eventually([this] { return server() > 0; })) return had;
    usleep(static_cast<useconds_t>(1'000 * patience.count()));
    const pid_t pid = server();
    if (pid <= 0) return had;
    pid_namespace_ = space(pid, "pid");
    for (const pid_t each : processes_in(pid_namespace_)) had[each] = host::start_time_of(each);
    kill(pid, SIGKILL);
    return had;
  }
  static std::vector<pid_t> still_running(const std::map<pid_t, std::string>& processes) {
    std::vector<pid_t> running;
    for (const auto& [pid, started] : processes) {
      if (!started.empty() && host::start_time_of(pid) == started) running.push_back(pid);
    }
    return running;
  }

  /// Runs the program beside what follows, and ends it when the test does.
  host::Child start(std::vector<std::string> arguments, asio::io_context& loop) {
    arguments.insert(arguments.begin(), ZDT_BINARY);
    host::Command wanted = command(std::move(arguments));
    wanted.log_file = (state() / "beside.log").string();
    auto child = host::Child::start(loop.get_executor(), wanted);
    if (!child) throw std::runtime_error(child.error().what);
    return std::move(*child);
  }

  void expect_nothing_left(const std::string& mounts_before) {
    const host::Exit down = demo({"cluster", "down"});
    EXPECT_EQ(down.code, 0) << down.err;
    EXPECT_EQ(processes_in(pid_namespace_), std::vector<pid_t>()) << "processes of the killed server";
    EXPECT_FALSE(host::fs::exists(folder()));
    EXPECT_FALSE(host::fs::exists(state() / "zdt-demo/rehearsal.lock"));
    EXPECT_EQ(mounts(), mounts_before);
  }
  void expect_up_works() {
    const host::Exit up = demo({"cluster", "up"});
    ASSERT_EQ(up.code, 0) << up.err;
    EXPECT_EQ(int_at(cluster_status(), {"pid"}), server());
    EXPECT_EQ(kubectl({"get", "nodes", "-o", "name"}).code, 0);
  }

 private:
  std::string pid_namespace_;  ///< of the server that was killed last; its number may be given to the next one
};

TEST_F(KilledServer, LeavesNothingAndTheNextUpWorks) {
  const std::string mounts_before = mounts();
  int while_starting = 0;
  for (int round = 0; round < kills(); ++round) {
    // Every third one while it starts (in some 100 ms), the others while base's pods start or update's rollout runs.
    const int what = round % 3;
    std::map<pid_t, std::string> had;
    {
      asio::io_context loop;
      ASSERT_EQ(what == 0 ? 0 : demo({"cluster", "up"}).code, 0);
      ASSERT_EQ(what < 2 ? 0 : demo({"run", "base", "--ci", "--on", "rehearsal"}).code, 0);
      const std::vector<std::vector<std::string>> beside{{"cluster", "up"}, {"run", "base", "--ci", "--on", "rehearsal"}, {"run", "update", "--ci", "--on", "rehearsal"}};
      host::Child child = start(beside[static_cast<size_t>(what)], loop);
      const milliseconds patience = moment(milliseconds(what == 0 ? 60 : 2'000));
      had = kill_server(patience);
      if (what == 0 && !host::fs::exists(folder() / "ready.json")) ++while_starting;
      if (what == 0) {  // the start fails, or was just over
        asio::co_spawn(loop, child.wait(), asio::detached);
        loop.run();
      }
    }
    ASSERT_FALSE(had.empty());
    if (round % 2 == 0) expect_nothing_left(mounts_before);
    expect_up_works();
    EXPECT_EQ(still_running(had), std::vector<pid_t>()) << "up has waited for their end";
    EXPECT_EQ(demo({"cluster", "down"}).code, 0);
    EXPECT_EQ(mounts(), mounts_before) << "round " << round;
  }
  std::cout << while_starting << " were killed before they were ready\n";
}

}  // namespace
}  // namespace zdt::e2e
