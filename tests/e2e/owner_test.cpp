// One owner for a cluster: starts and ends at the same time, and starts that are cut off.
#include <signal.h>

#include "base/text.h"
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Owner : public Demo {
 protected:
  /// All at the same time; their exits, in the order of `commands`.
  std::vector<host::Exit> at_once(const std::vector<std::vector<std::string>>& commands) {
    asio::io_context loop;
    std::vector<host::Exit> exits(commands.size());
    for (size_t index = 0; index < commands.size(); ++index) {
      std::vector<std::string> argv = commands[index];
      argv.insert(argv.begin(), ZDT_BINARY);
      asio::co_spawn(loop, host::run(command(std::move(argv))), [&exits, index](std::exception_ptr, Result<host::Exit> result) {
        exits[index].code = -1;
        if (result) exits[index] = std::move(*result);
      });
    }
    loop.run();
    return exits;
  }

  /// The processes that serve this test's cluster, its pods left out.
  std::vector<pid_t> servers() const {
    std::vector<pid_t> found;
    const std::string folder = (state() / "zdt-demo/rehearsal").string();
    for (const auto& process : host::fs::directory_iterator("/proc")) {
      auto line = host::read_file(process.path() / "cmdline");
      const pid_t pid = std::atoi(process.path().filename().c_str());
      const bool serves = line && line->find("serve") != std::string::npos && line->find(folder) != std::string::npos;
      if (pid > 0 && serves) found.push_back(pid);
    }
    return found;
  }
  /// A starter that was killed leaves a `cluster serve` that finds out and ends by itself.
  bool servers_end() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!servers().empty() && std::chrono::steady_clock::now() < end) usleep(10'000);
    return servers().empty();
  }

  /// `cluster up`, killed after so long.
  void start_and_kill(std::chrono::milliseconds after) {
    asio::io_context loop;
    auto child = host::Child::start(loop.get_executor(), command({ZDT_BINARY, "cluster", "up"}));
    ASSERT_TRUE(child);
    asio::steady_timer timer(loop, after);
    timer.wait();
    kill(child->pid(), SIGKILL);
  }
};

TEST_F(Owner, ManyUpsAtOnceMakeOneClusterThatStatusAndDownKnow) {
  for (size_t many : {2, 4, 8}) {
    const std::vector<std::vector<std::string>> ups(many, {"cluster", "up"});
    for (int round = 0; round < 8; ++round) {
      int made = 0;
      for (const host::Exit& up : at_once(ups)) {
        EXPECT_EQ(up.code, 0) << up.err;
        if (up.out.find("cluster up in") != std::string::npos) ++made;
      }
      EXPECT_EQ(made, 1);
      const std::vector<pid_t> running = servers();
      ASSERT_EQ(running.size(), 1u);
      EXPECT_EQ(int_at(cluster_status(), {"pid"}), running.front());
      EXPECT_EQ(demo({"cluster", "down"}).code, 0);
      EXPECT_TRUE(servers().empty());
    }
  }
}

TEST_F(Owner, UpBesideDownIsOneAfterTheOther) {
  for (int round = 0; round < 6; ++round) {
    const std::vector<std::vector<std::string>> both{{"cluster", round % 2 == 0 ? "up" : "down"}, {"cluster", round % 2 == 0 ? "down" : "up"}};
    for (const host::Exit& exit : at_once(both)) EXPECT_EQ(exit.code, 0) << exit.err;
    const bool runs = demo({"cluster", "status"}).code == 0;
    EXPECT_EQ(servers().size(), runs ? 1u : 0u);
    if (!runs) continue;
    EXPECT_EQ(kubectl({"get", "nodes", "-o", "name"}).code, 0);
  }
}

TEST_F(Owner, AStartThatWasCutOffAtAnyMomentLeavesNothingBehindDown) {
  for (int moment = 0; moment < 10; ++moment) {
    start_and_kill(std::chrono::milliseconds(5 + 12 * moment));
    const host::Exit down = demo({"cluster", "down"});
    EXPECT_EQ(down.code, 0) << down.out << down.err;
    EXPECT_TRUE(servers_end()) << "moment " << moment;
    EXPECT_FALSE(host::fs::exists(state() / "zdt-demo/rehearsal")) << "moment " << moment;
  }
}

TEST_F(Owner, AStartAfterOneThatWasCutOffAtAnyMomentIsTheOnlyServer) {
  for (int moment = 0; moment < 10; ++moment) {
    start_and_kill(std::chrono::milliseconds(5 + 12 * moment));
    const host::Exit up = demo({"cluster", "up"});
    EXPECT_EQ(up.code, 0) << up.err;
    const auto one = int_at(cluster_status(), {"pid"});
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (servers().size() > 1 && std::chrono::steady_clock::now() < end) usleep(10'000);
    EXPECT_EQ(servers(), std::vector<pid_t>{static_cast<pid_t>(one)}) << "moment " << moment;
    EXPECT_EQ(kubectl({"get", "nodes", "-o", "name"}).code, 0);
    EXPECT_EQ(demo({"cluster", "down"}).code, 0);
  }
}

TEST_F(Owner, ASecondServerInTheSameFolderIsRefused) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  const std::string folder = (state() / "zdt-demo/rehearsal").string();
  const std::vector<std::vector<std::string>> more(3, {"cluster", "serve", "--folder", folder});
  for (const host::Exit& refused : at_once(more)) {
    EXPECT_EQ(refused.code, 3);
    EXPECT_NE(refused.err.find("runs already in " + folder), std::string::npos) << refused.err;
  }
  EXPECT_EQ(demo({"cluster", "status"}).code, 0);
  EXPECT_EQ(kubectl({"get", "nodes", "-o", "name"}).code, 0);
}

TEST_F(Owner, ServersThatStartAtOnceInOneFolderAreOne) {
  const std::string folder = (state() / "zdt-demo/rehearsal").string();
  const std::vector<std::vector<std::string>> many(6, {"cluster", "serve", "--folder", folder});
  int serving = 0;
  for (const host::Exit& exit : at_once(many)) serving += exit.code == 0 ? 1 : 0;
  EXPECT_EQ(serving, 1);
  EXPECT_EQ(servers().size(), 1u);
  EXPECT_EQ(demo({"cluster", "status"}).code, 0);
}

}  // namespace
}  // namespace zdt::e2e
