#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "message.h"

namespace monolith {

/// What /metrics shows. Counters only go up, without locks; any thread may count or format. The number of
/// series is fixed: kMethodCount methods × the status codes that occurred.
class Metrics {
 public:
  Metrics();

  /// Counts one answered request. `took` is from its first byte to the last byte of its answer.
  void count_request(Method method, int status, std::chrono::nanoseconds took);

  /// Requests between their first byte and the last byte of their answer.
  int in_flight() const { return in_flight_; }

  std::chrono::duration<double> uptime() const;

  /// Prometheus text format, version 0.0.4.
  std::string format(const std::string& version, std::size_t connections_open) const;

  /// Counts one request as in flight for as long as it lives.
  class InFlight {
   public:
    explicit InFlight(Metrics& metrics) : metrics_(metrics) { ++metrics_.in_flight_; }
    ~InFlight() { --metrics_.in_flight_; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    Metrics& metrics_;
  };

 private:
  static constexpr int kStatusCount = 600;
  static constexpr std::array<double, 12> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,   0.25,   0.5,   1,    2.5,   10};

  void format_requests(std::string& out) const;
  void format_durations(std::string& out) const;

  std::array<std::array<std::atomic<std::uint64_t>, kStatusCount>, kMethodCount> requests_{};
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};  // not cumulative; the last is +Inf
  std::atomic<std::uint64_t> nanoseconds_{0};
  std::atomic<int> in_flight_{0};
  std::chrono::steady_clock::time_point started_;
  double started_unix_seconds_;
};

}  // namespace monolith
