// Runs a load to its end on a loop of its own, with a script beside it.
#pragma once
#include <gtest/gtest.h>

#include "load/load.h"

namespace zdt::load::testing {

/// Sums that hold for every report, whatever happened.
inline void expect_sums(const Report& report) {
  EXPECT_EQ(report.sent, report.ok + report.failed + report.unfinished);
  uint64_t ended = 0, by_phase = 0, sent_by_second = 0, ended_by_second = 0;
  for (const auto& [outcome, count] : report.outcomes) ended += count;
  for (const auto& phase : report.phases) {
    EXPECT_EQ(phase.sent, phase.ok + phase.failed + phase.unfinished) << phase.name;
    by_phase += phase.sent;
  }
  for (const auto& row : report.timeline) {
    sent_by_second += row.sent;
    ended_by_second += row.ok + row.failed;
  }
  EXPECT_EQ(ended, report.ok + report.failed);
  EXPECT_EQ(by_phase, report.sent);
  EXPECT_EQ(sent_by_second, report.sent);
  EXPECT_EQ(ended_by_second, ended);
  EXPECT_EQ(report.latency.count, report.ok);
  EXPECT_EQ(report.failures.size(), std::min<uint64_t>(report.failed, kMostFailureSamples));
}

using Script = std::function<Task<Report>(Load&)>;

inline Task<Report> just_wait(Load& load) { return load.wait(); }

inline Report run_load(Plan plan, const Script& script = just_wait) {
  asio::io_context loop{1};
  auto load = Load::start(loop.get_executor(), std::move(plan));
  if (!load) throw std::runtime_error(load.error().what);
  Report report;
  std::exception_ptr failure;
  asio::co_spawn(loop, script(**load), [&](std::exception_ptr thrown, Report ended) {
    failure = thrown;
    report = std::move(ended);
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  expect_sums(report);
  return report;
}

/// Returns when `condition` holds of the load's snapshot; throws after two seconds.
inline Task<void> until(Load& load, std::function<bool(const Snapshot&)> condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (!condition(load.snapshot())) {
    if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the load never got there");
    co_await sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace zdt::load::testing
