#include "faults.h"

#include <gtest/gtest.h>

#include "support/live_server.h"

namespace monolith {
namespace {

using std::chrono::milliseconds;

/// Which of the requests at these times (milliseconds) fail.
std::string struck(milliseconds period, std::initializer_list<int> times, std::string_view target = "/companies") {
  Faults faults(period);
  std::string out;
  for (const int time : times) {
    out += faults.strikes(target, Faults::Clock::time_point(milliseconds(time))) ? 'x' : '.';
  }
  return out;
}

TEST(Faults, OneRequestOfEachPeriodFailsAndTheFirstOneIsAmongThem) {
  EXPECT_EQ(struck(milliseconds(500), {1000, 1001, 1499, 1500, 1501, 1999, 2600, 2601, 3099, 3100}), "x..x..x..x");
}

TEST(Faults, WithoutAPeriodNothingFails) { EXPECT_EQ(struck(milliseconds(0), {0, 1, 1000}), "..."); }

TEST(Faults, WhatKubeletsAndPrometheusAskIsSpared) {
  for (const char* target : {"/health", "/health?full", "/metrics", "/prestop?seconds=1"}) {
    EXPECT_EQ(struck(milliseconds(500), {0, 1000, 2000}, target), "...") << target;
  }
}

TEST(Faults, TheServerAnswers503OnceAndServesTheRest) {
  Config config = test::test_config();
  config.fail_every = std::chrono::minutes(1);
  test::LiveServer server(config);
  EXPECT_EQ(server.ask("GET", "/health").status, 200);
  const test::Answer answer = server.ask("GET", "/companies");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("x-pod"), "pod-test");
  EXPECT_EQ(server.ask("GET", "/companies").status, 200);
}

}  // namespace
}  // namespace monolith
