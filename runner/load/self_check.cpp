#include "load/self_check.h"

#include <fmt/format.h>

namespace zdt::load {
namespace {

/// Whether an open model's requests went out when they should.
void check_pace(const Report& report, std::vector<std::string>& problems) {
  const SelfCheck& check = report.self_check;
  if (report.sent < kFewest || check.asked_per_s <= 0) return;
  if (check.lateness_p99_us > kLatestUs) {
    problems.push_back(fmt::format("1 % of the requests left more than {} ms late (at most {} ms may be): this machine had no time "
                                   "for the load", check.lateness_p99_us / 1000, kLatestUs / 1000));
  }
  if (check.achieved_per_s < kLeastOfRate * check.asked_per_s) {
    problems.push_back(fmt::format("{:.1f} requests a second were sent of {:.1f} asked for (at least {:.0f} % must be)",
                                   check.achieved_per_s, check.asked_per_s, kLeastOfRate * 100));
  }
}

/// Whether every request to `url` that ended found no address for its host.
bool never_resolved(const Url& url) {
  const auto found = url.outcomes.find(Outcome::kDns);
  return found != url.outcomes.end() && found->second == url.ok + url.failed;
}

/// Failures that no server had a part in.
void check_machine(const Report& report, std::vector<std::string>& problems) {
  const SelfCheck& check = report.self_check;
  const auto add = [&problems](uint64_t count, const char* what) {
    if (count > 0) problems.push_back(fmt::format("{} {}: these failures are the client's own", count, what));
  };
  add(check.ports_exhausted, "connections found no free local port");
  add(check.descriptors_exhausted, "requests found no free file descriptor (ulimit -n)");
  add(check.memory_exhausted, "requests found no memory, or no thread to resolve a name");
  for (const Url& url : report.urls) {
    if (never_resolved(url)) problems.push_back(fmt::format("the host of {} never resolved: no server was asked", url.url));
  }
}

}  // namespace

std::vector<std::string> problems_of(const Report& report) {
  const SelfCheck& check = report.self_check;
  std::vector<std::string> problems;
  if (report.ok + report.failed == 0) {
    problems.push_back(
        fmt::format("no request came to an end ({} were sent): there is nothing to judge", report.sent));
  }
  if (check.dropped_arrivals > 0) {
    problems.push_back(
        fmt::format("{} arrivals were dropped, as the queue was full: what they would have met is not known",
                    check.dropped_arrivals));
  }
  if (check.unsent_arrivals > 0) {
    problems.push_back(
        fmt::format("{} arrivals still waited for a free connection when the load ended, and were not sent",
                    check.unsent_arrivals));
  }
  check_pace(report, problems);
  check_machine(report, problems);
  return problems;
}

}  // namespace zdt::load
