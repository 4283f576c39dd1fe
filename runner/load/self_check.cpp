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
  if (check.ports_exhausted > 0) {
    problems.push_back(
        fmt::format("{} connections found no free local port: these failures are the client's own",
                    check.ports_exhausted));
  }
  return problems;
}

}  // namespace zdt::load
