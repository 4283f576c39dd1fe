// What --slots, --cold-requests and --drain-idle do to clients.
#include <gtest/gtest.h>

#include "support/live_server.h"

namespace monolith::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Config with(void (*change)(Config&)) {
  Config config = test_config();
  change(config);
  return config;
}

bool in_flight(LiveServer& server, int count) {
  return eventually([&] { return server.app().metrics.in_flight() == count; });
}

TEST(Slots, WhatFindsNoneWaitsAndHealthTooInTheOrderOfArrival) {
  LiveServer server(with([](Config& config) { config.slots = 2; }));
  const auto start = Clock::now();
  Client first(server.port()), second(server.port()), third(server.port()), probe(server.port());
  first.send("GET", "/sleep/0.3");
  second.send("GET", "/sleep/0.3");
  ASSERT_TRUE(in_flight(server, 2));
  third.send("GET", "/sleep/0.2");
  ASSERT_TRUE(in_flight(server, 3));
  probe.send("GET", "/health");
  EXPECT_EQ(probe.receive().status, 200);
  EXPECT_GE(Clock::now() - start, milliseconds(300));
  EXPECT_EQ(third.receive().status, 200);
  EXPECT_GE(Clock::now() - start, milliseconds(500));
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(second.receive().status, 200);
}

TEST(Slots, ADrainAnswersWhatWaits) {
  LiveServer server(with([](Config& config) { config.slots = 1; }));
  Client busy(server.port()), waiting(server.port());
  busy.send("GET", "/sleep/0.2");
  ASSERT_TRUE(in_flight(server, 1));
  waiting.send("GET", "/sleep/0.1");
  ASSERT_TRUE(in_flight(server, 2));
  server.drain();
  EXPECT_EQ(busy.receive().status, 200);
  EXPECT_EQ(waiting.receive().status, 200);
  EXPECT_TRUE(server.drained());
}

TEST(Slots, NoneIsLostWhenRequestsFailOrClientsLeave) {
  LiveServer server(with([](Config& config) { config.slots = 1; }));
  for (const char* target : {"/exception", "/nothing", "/status/503", "/sleep/x"}) server.ask("GET", target);
  { Client(server.port()).send("GET", "/sleep/0.05"); }
  EXPECT_EQ(server.ask("GET", "/health").status, 200);
}

TEST(ColdStart, TheFirstRequestsAreSlowAndProbesAreNotAmongThem) {
  LiveServer server(with([](Config& config) {
    config.cold_requests = 2;
    config.cold_delay = milliseconds(200);
  }));
  const auto slow = [&](const char* target) {
    const auto start = Clock::now();
    EXPECT_EQ(server.ask("GET", target).status, 200);
    return Clock::now() - start >= milliseconds(200);
  };
  for (const char* target : {"/health", "/metrics", "/metadata", "/health?x=1"}) EXPECT_FALSE(slow(target)) << target;
  EXPECT_TRUE(slow("/companies"));
  EXPECT_TRUE(slow("/sleep/0"));
  EXPECT_FALSE(slow("/companies"));
}

TEST(DrainIdle, AnIdleConnectionMayAskOnceMoreAndIsToldToClose) {
  LiveServer server(with([](Config& config) { config.drain_idle = milliseconds(5000); }));
  Client client(server.port());
  ASSERT_EQ(client.ask("GET", "/companies").status, 200);
  ASSERT_TRUE(in_flight(server, 0));
  server.drain_and_tell();
  const Answer answer = client.ask("GET", "/companies");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST(DrainIdle, AnIdleConnectionThatAsksNothingIsClosedWhenItsTimeIsOver) {
  LiveServer server(with([](Config& config) { config.drain_idle = milliseconds(200); }));
  Client client(server.port());
  ASSERT_EQ(client.ask("GET", "/companies").status, 200);
  ASSERT_TRUE(in_flight(server, 0));
  const auto start = Clock::now();
  server.drain();
  EXPECT_TRUE(client.ends());
  EXPECT_GE(Clock::now() - start, milliseconds(200));
  EXPECT_TRUE(server.drained());
}

}  // namespace
}  // namespace monolith::test
