// What a load shall send.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace zdt::load {

using std::chrono::milliseconds;
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Statuses that count as success, 100 … 599.
class StatusSet {
 public:
  /// 200 … 399.
  StatusSet() { allow(200, 399); }
  /// Nothing yet.
  static StatusSet none();
  StatusSet& allow(int first, int last);
  StatusSet& allow(int status) { return allow(status, status); }
  bool contains(long status) const { return status >= 100 && status <= 599 && allowed_[static_cast<size_t>(status)]; }
  bool empty() const;

 private:
  std::array<bool, 600> allowed_{};
};

/// One of several requests that a load mixes; each is drawn with the chance weight / sum of weights.
struct Target {
  std::string url;
  std::string method = "GET";
  std::string body;
  unsigned weight = 1;
};

inline constexpr unsigned kMostConnections = 10'000, kMostWorkers = 64;
inline constexpr double kLeastPerSecond = 0.001, kMostPerSecond = 200'000;

/// url          http:// only. Used when `targets` is empty; then also method and body.
/// headers      sent with every request, besides what HTTP needs. A body goes out with Content-Length.
/// rate         > 0: open model, that many arrivals a second, evenly spaced; latency counts from the intended send time.
///              0: closed model, `connections` requests at a time, each followed by the next (after think_time).
/// connections  closed: the number of connections. Open: the most requests under way at once; further arrivals queue.
/// queue_limit  open: the longest queue of arrivals; those beyond it are dropped and counted.
/// duration     0: until stopped or max_requests.   max_requests  0: no such end.
/// response_timeout  of the whole exchange, connecting included.   drain  how long an ending load waits for requests
///              under way; below zero means response_timeout and 500 ms more, so that every request comes to its own end.
/// keep_alive   false: one connection per request.
/// network      path of a network namespace that the workers join ("/proc/PID/ns/net"); "": stay in this one.
/// pod_header, version_header  response headers that name who answered.
/// workers      threads; rate, connections and max_requests are shared out among them (never more than connections).
/// seed         of the draw among targets.
struct Plan {
  std::string url;
  std::string method = "GET";
  std::string body;
  HeaderList headers;
  std::vector<Target> targets;
  double rate = 0;
  unsigned connections = 10;
  unsigned queue_limit = 10'000;
  milliseconds duration{0};
  uint64_t max_requests = 0;
  milliseconds think_time{0};
  milliseconds connect_timeout{2'000};
  milliseconds response_timeout{10'000};
  milliseconds drain{-1};
  bool keep_alive = true;
  StatusSet expected;
  std::string network;
  std::string pod_header = "x-pod", version_header = "x-version";
  unsigned workers = 1;
  uint64_t seed = 1;
};

/// The same plan with `targets` never empty and `drain`, `workers` settled. Fails kUsage, naming the field, the wanted and
/// the seen: a plan without bounds (connections 1 … 10,000, rate 0 or 0.001 … 200,000, workers 1 … 64, timeouts > 0, queue up to
/// 1,000,000), a url that is not http://, a method or header that HTTP does not allow, no expected status, weights
/// that are all zero.
Result<Plan> checked(Plan plan);

}  // namespace zdt::load
