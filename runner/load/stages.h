// Rates that change while a load runs.
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace zdt::load {

using std::chrono::milliseconds;

/// Within `length` the rate changes evenly from where it was to `rate` (requests per second), as in k6's
/// ramping-arrival-rate (grafana.com/docs/k6/latest/using-k6/scenarios/executors/ramping-arrival-rate). A
/// length of zero is a jump.
struct Stage {
  milliseconds length{0};
  double rate = 0;
};

/// "15s:50": within 15 s to 50/s. Fails kUsage.
Result<Stage> parse_stage(std::string_view text);

milliseconds length_of(const std::vector<Stage>& stages);

/// The rate at `elapsed` nanoseconds, per second; from `start` on, and after the last stage its rate.
double rate_at(double start, const std::vector<Stage>& stages, int64_t elapsed);

}  // namespace zdt::load
