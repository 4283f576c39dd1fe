// A network namespace with a Service's address in it, and what the kernel says about connections that failed
// there.
#include "load/connection_tracking.h"

#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "unit/load/run_load.h"

namespace zdt::load {
namespace {

/// 10.96.0.9:80 leads to an address that never answers, 10.96.0.9:81 to a closed port.
constexpr const char* kNetwork =
    "ip link set lo up && ip link add br0 type bridge && ip addr add 10.9.0.1/24 dev br0 && ip link set br0 "
    "up && "
    "ip route add default dev br0 && nft add table ip t && "
    "nft 'add chain ip t o { type nat hook output priority -100; }' && "
    "nft add rule ip t o ip daddr 10.96.0.9 tcp dport 80 dnat to 10.9.0.7:8080 && "
    "nft add rule ip t o ip daddr 10.96.0.9 tcp dport 81 dnat to 10.9.0.1:8081";

/// "outcome endpoint" -> count. The calling thread's namespace is the load's.
std::map<std::string, int> endpoints_of(const std::string& url, bool trace) {
  Plan plan;
  plan.url = url;
  plan.rate = 100;
  plan.max_requests = 20;
  plan.connections = 20;
  plan.keep_alive = false;
  plan.trace = trace;
  plan.connect_timeout = milliseconds(100);
  std::map<std::string, int> seen;
  for (const Failure& failure : testing::run_load(plan).kept_failures) {
    ++seen[fmt::format("{} {}", name_of(failure.outcome), failure.endpoint)];
  }
  return seen;
}

TEST(ConnectionTracking, KnowsWhereAConnectionThatFailedHadBeenLed) {
  if (geteuid() != 0) GTEST_SKIP() << "a network namespace needs root";
  bool there = false;
  std::thread([&there] {  // the namespace is this thread's, and goes with it
    if (unshare(CLONE_NEWNET) != 0 || std::system(kNetwork) != 0) return;
    there = true;
    using Seen = std::map<std::string, int>;
    EXPECT_EQ(endpoints_of("http://10.96.0.9:80/", true), (Seen{{"connect_timeout 10.9.0.7:8080", 20}}));
    EXPECT_EQ(endpoints_of("http://10.96.0.9:81/", true), (Seen{{"refused 10.9.0.1:8081", 20}}));
    EXPECT_EQ(endpoints_of("http://10.96.0.9:81/", false), (Seen{{"refused ", 20}}));
    const auto tracking = ConnectionTracking::open();
    ASSERT_NE(tracking, nullptr);
    EXPECT_EQ(tracking->endpoint_of("10.9.0.1:1", "10.96.0.9:80"), "");
    EXPECT_EQ(tracking->endpoint_of("", "nonsense"), "");
    EXPECT_EQ(tracking->failed_at("10.96.0.9:81"), "") << "only of attempts that it saw";
    endpoints_of("http://10.96.0.9:81/", false);
    endpoints_of("http://10.96.0.9:80/", false);
    EXPECT_EQ(tracking->failed_at("10.96.0.9:80"), "10.9.0.7:8080") << "it is still not answered";
    EXPECT_EQ(tracking->failed_at("10.96.0.9:81"), "10.9.0.1:8081") << "it was refused";
  })
      .join();
  if (!there) GTEST_SKIP() << "no network namespace, ip or nft here";
}

}  // namespace
}  // namespace zdt::load
