// Quantities that users write: durations, rates, Kubernetes quantities, times.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace zdt {

using std::chrono::milliseconds;
using WallTime = std::chrono::system_clock::time_point;

/// "800ms", "2s", "1m30s", "1.5h"; a bare number means seconds. Fails kUsage on anything else or below zero.
Result<milliseconds> parse_duration(std::string_view text);

/// The shortest exact form a person reads: "800 ms", "2 s", "1 m 30 s".
std::string format_duration(milliseconds value);

/// Requests per second from "200", "200/s", "50/10s". Fails kUsage.
Result<double> parse_rate(std::string_view text);

/// A Kubernetes quantity ("250m", "64Mi", "1.5G") in its base unit. Fails kInvalid.
Result<double> parse_quantity(std::string_view text);

/// RFC 3339 in UTC; with `micros`, six decimals as MicroTime has them, else whole seconds.
std::string format_time(WallTime time, bool micros = false);
/// Milliseconds, as the journal writes them: 2026-01-01T00:00:00.123Z.
std::string format_time_ms(WallTime time);
Result<WallTime> parse_time(std::string_view text);

}  // namespace zdt
