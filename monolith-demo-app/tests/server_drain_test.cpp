#include <gtest/gtest.h>

#include "support/live_server.h"

namespace monolith::test {
namespace {

class DrainTest : public testing::Test {
 protected:
  bool in_flight(int count) {
    return eventually([&] { return server_.app().metrics.in_flight() == count; });
  }
  LiveServer server_;
};

TEST_F(DrainTest, ARequestInFlightIsAnsweredAndSaysClose) {
  Client client(server_.port());
  client.send("GET", "/sleep/0.3");
  ASSERT_TRUE(in_flight(1));
  server_.drain();
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(DrainTest, AnIdleConnectionIsClosedAtOnce) {
  Client client(server_.port());
  ASSERT_EQ(client.ask("GET", "/health").status, 200);
  ASSERT_TRUE(in_flight(0));
  server_.drain();
  EXPECT_TRUE(client.ends());
  EXPECT_TRUE(server_.drained());
}

TEST_F(DrainTest, ThePortIsClosed) {
  server_.drain();
  EXPECT_TRUE(server_.drained());
  EXPECT_TRUE(refused(server_.port()));
}

TEST_F(DrainTest, AConnectionThatHasNotAskedYetMayStillDoSo) {
  Client client(server_.port());
  ASSERT_TRUE(eventually([&] { return server_.app().connections.size() == 1; }));
  server_.drain_and_tell();
  const Answer answer = client.ask("GET", "/health");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(DrainTest, AConnectionThatNeverAsksIsClosed) {
  const Client client(server_.port());
  server_.drain();
  EXPECT_TRUE(server_.drained());
}

TEST_F(DrainTest, AHalfSentRequestIsWaitedFor) {
  Client client(server_.port());
  ASSERT_EQ(client.ask("GET", "/health").status, 200);
  client.send("POST /companies HTTP/1.1\r\nHost: t\r\nContent-Length: 12\r\n\r\n{\"name\"");
  ASSERT_TRUE(in_flight(1));
  server_.drain_and_tell();
  client.send(std::string(":\"a\"}"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST_F(DrainTest, PipelinedRequestsBehindOneInFlightAreToldToComeElsewhere) {
  Client client(server_.port());
  client.send("GET /sleep/0.2 HTTP/1.1\r\nHost: t\r\n\r\nGET /health HTTP/1.1\r\nHost: t\r\n\r\n");
  ASSERT_TRUE(in_flight(1));
  server_.drain();
  EXPECT_EQ(client.receive().header("connection"), "close");
  EXPECT_TRUE(client.ends());  // the second one was not begun, and HTTP lets the client repeat it elsewhere
}

TEST_F(DrainTest, ConnectionsOpenedDuringTheDrainAreAnsweredOrRefusedButNeverReset) {
  std::atomic<int> answered{0}, turned_away{0}, lost{0};
  std::vector<std::jthread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        try {
          Client client(server_.port());
          const int status = client.ask("GET", "/companies").status;
          ++(status == 200 ? answered : lost);
        } catch (const std::runtime_error&) {
          ++turned_away;
        }
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answered > 100; }));
  server_.drain();
  clients.clear();
  EXPECT_EQ(answered + turned_away + lost, 800);
  // The kernel completes a handshake or two between the last accept and the close; without take_backlog() nearly every
  // client would lose one.
  EXPECT_LE(lost, 2);
  EXPECT_TRUE(server_.drained());
}

}  // namespace
}  // namespace monolith::test
