// Names: resolved for each new connection, and all their addresses are used.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <optional>

#include "host/files.h"
#include "host/unique_fd.h"
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

/// A thread whose mounts are its own, with another /etc/hosts. body  gets that file.
void with_hosts(const std::string& hosts, const std::function<void(int file)>& body) {
  const host::TempDir folder("zdt-hosts");
  const host::fs::path path = folder.path() / "hosts";
  ASSERT_TRUE(host::write_file(path, hosts));
  const host::UniqueFd file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  bool mounted = false;
  std::thread thread([&] {
    mounted = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
              mount(path.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
    if (mounted) body(file.get());
  });
  thread.join();
  if (!mounted) GTEST_SKIP() << "a mount namespace needs root";
}

/// Listens at `address`; port 0: any. Returns the socket, and the port in `port`.
int listen_at(const char* address, uint16_t& port) {
  host::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, address, &name.sin_addr);
  socklen_t size = sizeof name;
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&name), size) != 0 || listen(socket.get(), 128) != 0)
    throw std::runtime_error("cannot listen");
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  port = ntohs(name.sin_port);
  return socket.release();
}

Answer always_ok(const Seen&) { return answer(); }

TEST(LoadNames, AreFollowedByEachNewConnection) {
  uint16_t port = 0;
  std::optional<TestServer> before(std::in_place, always_ok, listen_at("127.0.0.21", port));
  TestServer after(always_ok, listen_at("127.0.0.22", port));
  with_hosts("127.0.0.21 moving.test\n", [&](int hosts) {
    Plan plan;
    plan.url = fmt::format("http://moving.test:{}/", port);
    plan.keep_alive = false;
    plan.rate = 200;
    const Report report = run_load(plan, [&](Load& load) -> Task<Report> {
      co_await until(load, [&](const Snapshot&) { return before->requests > 20; });
      if (pwrite(hosts, "2", 1, 9) != 1) throw std::runtime_error("cannot move the name");  // to 127.0.0.22
      co_await until(load, [&](const Snapshot&) { return after.requests > 20; });
      before.reset();
      const int moved = after.requests;
      co_await until(load, [&](const Snapshot&) { return after.requests > moved + 50; });
      co_return co_await load.stop();
    });
    EXPECT_EQ(report.failed, 0U) << (report.failures.empty() ? "" : report.failures[0].what);
    EXPECT_GT(report.ok, 90U);
  });
}

TEST(LoadNames, LeadToAllOfTheirAddresses) {
  uint16_t port = 0;
  TestServer one(always_ok, listen_at("127.0.0.21", port)), two(always_ok, listen_at("127.0.0.22", port)),
      three(always_ok, listen_at("127.0.0.23", port));
  with_hosts("127.0.0.21 many.test\n127.0.0.22 many.test\n127.0.0.23 many.test\n", [&](int) {
    Plan plan;
    plan.url = fmt::format("http://many.test:{}/", port);
    plan.keep_alive = false;
    plan.max_requests = 120;
    EXPECT_EQ(run_load(plan).ok, 120U);
    for (const TestServer* server : {&one, &two, &three}) EXPECT_GT(server->connections, 15) << "of 40 on average";
  });
}

}  // namespace
}  // namespace zdt::load::testing
