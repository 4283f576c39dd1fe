// What this machine lacks is never a server's fault.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "host/unique_fd.h"
#include "unit/load/run_load.h"

namespace zdt::load::testing {
namespace {

/// So few files may be open, beyond those that are.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const host::UniqueFd next(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const rlimit tight{static_cast<rlim_t>(next.get()) + more, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// A server that takes connections and answers none: it shares this process's descriptors, and needs no more of them.
struct Silence {
  Silence() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd.get(), 128) != 0)
      throw std::runtime_error("cannot listen");
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
  }
  host::UniqueFd fd;
  std::string url;
};

TEST(LocalCauses, AShortageOfDescriptorsIsLocalAndToldOf) {
  const Silence server;
  Plan plan;
  plan.url = server.url;
  plan.response_timeout = milliseconds(300);
  plan.connections = plan.max_requests = 60;
  plan.retries = 3;  // none of this machine's
  Report report;
  {
    const DescriptorLimit limit(40);
    report = run_load(plan);
  }
  const uint64_t local = report.outcomes.at(Outcome::kLocal);
  EXPECT_GT(local, 10U);
  EXPECT_GT(report.outcomes.at(Outcome::kResponseTimeout), 5U);
  EXPECT_EQ(report.outcomes.at(Outcome::kResponseTimeout) + local, 60U);
  EXPECT_EQ(report.retries, 0U);
  EXPECT_EQ(report.self_check.descriptors_exhausted, local);
  ASSERT_EQ(report.self_check.problems.size(), 1U);
  EXPECT_NE(report.self_check.problems[0].find("no free file descriptor"), std::string::npos);
  EXPECT_NE(report.failures.at(0).what.find("too many open files"), std::string::npos);
  ASSERT_EQ(report.losses.size(), 2U);
  const Loss& loss = report.losses[report.losses[0].outcome == "local" ? 0 : 1];
  EXPECT_EQ(loss.sentence, "never left this machine");
  EXPECT_EQ(loss.pod, "");
}

}  // namespace
}  // namespace zdt::load::testing
