// The real program in a process of its own: what a kubelet sees of it.
#include <gtest/gtest.h>

#include <csignal>

#include "support/child.h"
#include "support/client.h"
#include "support/eventually.h"

namespace monolith::test {
namespace {

using std::chrono::milliseconds;

/// What the program says is in flight, without the question itself: that is over when its connection ends.
int requests_in_flight(std::uint16_t port) {
  Client observer(port);
  observer.send("GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const std::string metrics = observer.receive().body;
  const std::string name = "\nhttp_requests_in_flight ";
  const auto at = metrics.find(name);
  if (at == std::string::npos || !observer.ends()) return -1;
  return std::stoi(metrics.substr(at + name.size())) - 1;
}

/// A request that is being served: the answer to it is 1 s away.
std::unique_ptr<Client> request_in_flight(Child& child, const std::string& target = "/sleep/1") {
  auto client = std::make_unique<Client>(child.port());
  client->send("GET", target);
  EXPECT_TRUE(eventually([&] { return requests_in_flight(child.port()) == 1; }));
  return client;
}

TEST(Process, SaysWhereItListensAndWhoItIs) {
  Child child({}, {"POD_NAME=web-1", "APP_VERSION=v7"});
  ASSERT_NE(child.port(), 0);
  EXPECT_TRUE(child.says(" version=v7 pod=web-1 workers=2\n")) << child.output();
}

TEST(Process, SigtermWaitsForTheRequestInFlightAndExitsWithZero) {
  Child child({});
  const auto client = request_in_flight(child);
  child.signal(SIGTERM);
  const Answer answer = client->receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_NE(child.output().find("SIGTERM received, draining 1 in flight"), std::string::npos)
      << child.output();
  EXPECT_NE(child.output().find("exited cleanly"), std::string::npos) << child.output();
}

TEST(Process, SigtermClosesThePortBeforeTheRequestInFlightEnds) {
  Child child({});
  const auto client = request_in_flight(child);
  const std::uint16_t port = child.port();
  child.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return refused(port); }));
  EXPECT_FALSE(client->has_been_told()) << "the answer was there before the port was closed";
  EXPECT_EQ(client->receive().status, 200);
}

TEST(Process, SigtermWithoutTrafficExitsAtOnce) {
  Child child({});
  ASSERT_NE(child.port(), 0);
  const auto start = std::chrono::steady_clock::now();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(500));
}

TEST(Process, TheDrainTimeoutCutsOffAndExitsWithOne) {
  Child child({"--drain-timeout=300ms"});
  const auto client = request_in_flight(child, "/sleep/30");
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 1);
  EXPECT_EQ(client->receive().status, 0);
  EXPECT_NE(child.output().find("drain timeout of 300ms passed, 1 in flight cut off"), std::string::npos)
      << child.output();
}

TEST(Process, WithoutGracefulSigtermDropsTheRequestAndExitsWith143) {
  Child child({"--graceful=off"});
  const auto client = request_in_flight(child);
  child.signal(SIGTERM);
  EXPECT_EQ(client->receive().status, 0);
  EXPECT_EQ(child.wait(), 143);
  EXPECT_NE(child.output().find("dropping 1 in flight"), std::string::npos) << child.output();
}

TEST(Process, SigintIsLikeSigterm) {
  Child graceful({});
  const auto client = request_in_flight(graceful);
  graceful.signal(SIGINT);
  EXPECT_EQ(client->receive().status, 200);
  EXPECT_EQ(graceful.wait(), 0);
}

TEST(Process, WithAnotherDrainSignalThatOneDrainsAndSigtermDropsTheRequest) {
  Child drained({"--drain-signal=SIGQUIT"});
  const auto answered = request_in_flight(drained);
  drained.signal(SIGQUIT);
  EXPECT_EQ(answered->receive().status, 200);
  EXPECT_EQ(drained.wait(), 0);
  EXPECT_NE(drained.output().find("SIGQUIT received, draining 1"), std::string::npos) << drained.output();
  Child ended({"--drain-signal=SIGQUIT"});
  const auto dropped = request_in_flight(ended);
  ended.signal(SIGTERM);
  EXPECT_EQ(dropped->receive().status, 0);
  EXPECT_EQ(ended.wait(), 143);
}

TEST(Process, ASecondSigtermChangesNothingAndASecondSigintEndsAtOnce) {
  Child child({});
  const auto client = request_in_flight(child, "/sleep/30");
  child.signal(SIGTERM);
  ASSERT_TRUE(child.says("draining"));
  child.signal(SIGTERM);
  ASSERT_TRUE(child.says("already draining"));
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(), 130);
}

TEST(Process, ThePortStaysClosedDuringTheStartupDelay) {
  std::uint16_t port = 0;
  {
    Child probe({});
    port = probe.port();  // free again once the probe is gone
  }
  Child child({"--startup-delay=700ms", "--port", std::to_string(port)});
  ASSERT_TRUE(child.says("the port opens in 700ms")) << child.output();
  EXPECT_TRUE(refused(port));
  ASSERT_EQ(child.port(), port);
  EXPECT_EQ(Client(port).ask("GET", "/health").status, 200);
}

TEST(Process, SigtermDuringTheStartupDelayEndsIt) {
  Child child({"--startup-delay=30s"});
  ASSERT_TRUE(child.says("starting"));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 0);
}

TEST(Process, ATakenPortIsSaidAndExitsWithOne) {
  Child first({});
  Child second({"--port=" + std::to_string(first.port())});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.output().find("Address already in use"), std::string::npos) << second.output();
}

TEST(Process, AnUnknownFlagExitsWithTwo) {
  Child child({"--colour"});
  EXPECT_EQ(child.wait(), 2);
  EXPECT_NE(child.output().find("--colour"), std::string::npos) << child.output();
}

TEST(Process, TheAccessLogIsOffUnlessAskedFor) {
  Child quiet({});
  EXPECT_EQ(Client(quiet.port()).ask("GET", "/companies").status, 200);
  quiet.signal(SIGTERM);
  quiet.wait();
  EXPECT_EQ(quiet.output().find("access"), std::string::npos);
  Child loud({"--access-log"});
  EXPECT_EQ(Client(loud.port()).ask("GET", "/companies").status, 200);
  EXPECT_TRUE(loud.says("access GET /companies 200 "));
}

}  // namespace
}  // namespace monolith::test
