// What a load shall send.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "load/stages.h"
#include "load/threshold.h"

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
  bool contains(long status) const {
    return status >= 100 && status <= 599 && allowed_[static_cast<size_t>(status)];
  }
  bool empty() const;

 private:
  std::array<bool, 600> allowed_{};
};

/// "200-399,404". Fails kUsage.
Result<StatusSet> parse_statuses(std::string_view text);

/// One of several requests that a load mixes; each is drawn with the chance weight / sum of weights.
/// content_type  of the body; "": no such header, unless the plan's headers have one.
struct Target {
  std::string url;
  std::string method = "GET";
  std::string body;
  unsigned weight = 1;
  std::string content_type = "";
  /// Sent as Basic authentication, shown nowhere. checked() takes them out of the url.
  std::string user = "", password = "";

  /// Whether Content-Length is sent, if only 0.
  bool has_body() const { return !body.empty() || method == "POST" || method == "PUT" || method == "PATCH"; }
};

inline constexpr unsigned kMostConnections = 10'000, kMostWorkers = 64, kMostRetries = 10;
inline constexpr size_t kMostTargets = 10'000;
inline constexpr double kLeastPerSecond = 0.001, kMostPerSecond = 200'000;

/// Open model (rate > 0, or stages): that many arrivals a second, evenly spaced; latency counts from the
/// intended send time. Closed model: `connections` requests at a time, each followed by the next after
/// think_time.
struct Plan {
  std::string url;  ///< http:// only; with method and body the only target when there are no `targets`
  std::string method = "GET";
  std::string body;    ///< goes out with Content-Length
  HeaderList headers;  ///< sent with every request, besides what HTTP needs
  std::vector<Target> targets;
  double rate = 0;             ///< with stages: the rate that the first of them begins at
  std::vector<Stage> stages;   ///< one after another, from the start; the last one's rate then stays
  unsigned connections = 10;      ///< open model: the most requests under way at once; further arrivals queue
  unsigned queue_limit = 10'000;  ///< open model: arrivals beyond it are dropped and counted
  milliseconds duration{0};       ///< 0: the length of the stages; without any: until stopped, or max_requests
  uint64_t max_requests = 0;      ///< 0: no such end
  milliseconds think_time{0};     ///< closed model only
  milliseconds connect_timeout{2'000};
  milliseconds response_timeout{10'000};  ///< of the whole exchange, connecting included
  /// How long an ending load waits for requests under way. Below zero: response_timeout and 500 ms more, so
  /// that every request comes to its own end.
  milliseconds drain{-1};
  bool trace = false;      ///< ask the kernel where failed connections really went (connection_tracking.h)
  bool keep_alive = true;  ///< false: one connection per request
  unsigned requests_per_connection = 0;  ///< then it is closed and another one made; 0: no such limit
  bool http2 = false;                    ///< HTTP/2 without TLS, by prior knowledge; one request at a time
  /// How often a request is sent again that found no server or no answer (refused, reset, closed,
  /// connect_timeout, status 502, 503, 504), if HTTP says that it may be (RFC 9110, 9.2.2: not POST, PATCH).
  /// It is one request all the same, with the latency of all attempts.
  unsigned retries = 0;
  StatusSet expected;
  std::string
      network;  ///< a network namespace that the workers join ("/proc/PID/ns/net"); "": stay in this one
  std::string pod_header = "x-pod", version_header = "x-version";  ///< response headers: who answered
  unsigned workers =
      1;  ///< threads that share out the rate, connections and requests; never more than connections
  uint64_t seed = 1;  ///< of the draw among targets
  std::vector<Threshold> thresholds;

  bool open_model() const { return rate > 0 || !stages.empty(); }
};

/// The same plan with `targets` never empty and `duration`, `drain`, `workers` settled. Fails kUsage, naming
/// the field, the wanted and the seen: a plan without bounds (connections 1 … 10,000, rate 0 or 0.001 …
/// 200,000, workers 1 … 64, retries up to 10, timeouts > 0, queue up to 1,000,000), a url that is not http://, a
/// method or header that HTTP does not allow, no expected status, weights or stages that are all zero. No url and no threshold
/// has a user or password in it any more (Target). A header `Connection: close` means keep_alive = false.
Result<Plan> checked(Plan plan);

}  // namespace zdt::load
