// Loads whose workers live in another network namespace. Skipped, with the reason, where none can be made.
#include <fstream>

#include "host/netns.h"
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

/// A socket that listens on a free port of the loopback of `space`.
int listen_in(host::NetworkNamespace& space) {
  const int listening = space.make_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listening, 16) != 0) {
    throw std::runtime_error("cannot listen in the namespace");
  }
  return listening;
}

Plan ten_requests(const TestServer& server) {
  Plan plan;
  plan.url = server.url();
  plan.max_requests = 10;
  return plan;
}

TEST(LoadInANamespace, ReachesWhatListensThere) {
  const auto space = host::NetworkNamespace::create();
  if (!space) GTEST_SKIP() << space.error().what;
  TestServer server([](const Seen&) { return answer(); }, listen_in(**space));
  Plan plan = ten_requests(server);
  plan.workers = 2;
  EXPECT_EQ(run_load(plan).outcomes.at(Outcome::kRefused), 10U) << "that port is another namespace's";
  plan.network = (*space)->path();
  EXPECT_EQ(run_load(plan).ok, 10U);
}

TEST(LoadInANamespace, NamesItWhenNoLocalPortIsLeft) {
  const auto space = host::NetworkNamespace::create();
  if (!space) GTEST_SKIP() << space.error().what;
  TestServer server([](const Seen&) { return answer(); }, listen_in(**space));
  (*space)->run([] { std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "40000 40003\n"; });
  Plan plan = ten_requests(server);
  plan.keep_alive = false;  // our side ends each connection, so that its port stays in TIME_WAIT
  plan.connections = 1;
  plan.network = (*space)->path();
  const Report report = run_load(plan);
  EXPECT_GT(report.self_check.ports_exhausted, 0U);
  EXPECT_EQ(report.outcomes.at(Outcome::kLocal), report.self_check.ports_exhausted);
  EXPECT_EQ(report.outcomes.at(Outcome::kRefused), 0U) << "no server was asked";
}

TEST(LoadInANamespace, DoesNotStartWhenItIsNotThere) {
  asio::io_context loop;
  Plan plan;
  plan.url = "http://127.0.0.1:1/";
  plan.network = "/proc/self/ns/no-such";
  plan.workers = 2;
  const auto load = Load::start(loop.get_executor(), plan);
  ASSERT_FALSE(load);
  EXPECT_EQ(load.error().code, Code::kEnvironment);
}

}  // namespace
}  // namespace zdt::load::testing
