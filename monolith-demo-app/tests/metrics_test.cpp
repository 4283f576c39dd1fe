#include "metrics.h"

#include <gtest/gtest.h>

namespace monolith {
namespace {

using std::chrono::milliseconds;

bool holds(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

TEST(Metrics, CountsByMethodAndCode) {
  Metrics metrics;
  metrics.count_request(Method::kGet, 200, milliseconds(3));
  metrics.count_request(Method::kGet, 200, milliseconds(3));
  metrics.count_request(Method::kOther, 400, milliseconds(3));
  const std::string text = metrics.format("v1", 0);
  EXPECT_TRUE(holds(text, "http_requests_total{method=\"GET\",code=\"200\"} 2")) << text;
  EXPECT_TRUE(holds(text, "http_requests_total{method=\"other\",code=\"400\"} 1")) << text;
}

TEST(Metrics, BucketsAreCumulativeAndEndWithTheCount) {
  Metrics metrics;
  for (const int took : {1, 4, 300, 20'000}) metrics.count_request(Method::kGet, 200, milliseconds(took));
  const std::string text = metrics.format("v1", 0);
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_bucket{le=\"0.001\"} 1"))
      << text;  // the bound is included
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_bucket{le=\"0.005\"} 2")) << text;
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_bucket{le=\"10\"} 3")) << text;
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_bucket{le=\"+Inf\"} 4")) << text;
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_sum 20.305")) << text;
  EXPECT_TRUE(holds(text, "http_request_duration_seconds_count 4")) << text;
}

TEST(Metrics, InFlightLastsAsLongAsTheRequest) {
  Metrics metrics;
  {
    const Metrics::InFlight one(metrics), two(metrics);
    EXPECT_TRUE(holds(metrics.format("v1", 7), "http_requests_in_flight 2"));
  }
  EXPECT_TRUE(holds(metrics.format("v1", 7), "http_requests_in_flight 0"));
  EXPECT_TRUE(holds(metrics.format("v1", 7), "http_connections_open 7"));
}

TEST(Metrics, TheVersionIsEscaped) {
  EXPECT_TRUE(holds(Metrics().format("a\"b\\c", 0), R"(app_info{version="a\"b\\c"} 1)"));
}

}  // namespace
}  // namespace monolith
