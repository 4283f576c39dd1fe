// The HTTPS server: our client, and a client that misbehaves.
#include "http/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include "unit/http/server_world.h"

namespace zdt::http {
namespace {

using testing::on_loop;
using testing::RawConnection;
using testing::run_until;
using testing::ServerWorld;
using zdt::testing::Witness;

class ServerTest : public ServerWorld {};

Task<void> echo(Exchange& exchange) {
  Headers extra;
  extra.add("X-Method", exchange.method);
  co_await exchange.respond(200, "text/plain", exchange.target.path + "|" + exchange.target.value("q") + "|" + exchange.body,
                            std::move(extra));
}

std::string plain_request(const std::string& path, const std::string& extra = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", path, extra);
}

TEST_F(ServerTest, HandsOverTheRequestAndTheAnswer) {
  serve(echo);
  const Response response = send(request("/a/b?q=x%20y", "PATCH", "the body"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "/a/b|x y|the body");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(response.headers.get("X-Method"), "PATCH");
}

TEST_F(ServerTest, ListensInsideANetworkNamespaceAndNowhereElse) {
  auto network = host::NetworkNamespace::create();
  if (!network) GTEST_SKIP() << network.error().what;
  serve(echo, 3 << 20, *network);
  Request inside = request("/a");
  inside.network = *network;
  EXPECT_EQ(send(std::move(inside)).status, 200);
  client = std::make_unique<Client>(loop.get_executor());  // the other one still has its connection
  EXPECT_FALSE(on_loop(loop, client->send(request("/a"))));
}

TEST_F(ServerTest, KeepsTheConnectionForManyRequestsAlsoPipelined) {
  serve(echo);
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  on_loop(loop, raw.write(plain_request("/1") + plain_request("/2")));
  EXPECT_NE(on_loop(loop, raw.read_until("/1||")).find("200 OK"), std::string::npos);
  EXPECT_NE(on_loop(loop, raw.read_until("/2||")).find("200 OK"), std::string::npos);
  on_loop(loop, raw.write(plain_request("/3", "Connection: close\r\n")));
  EXPECT_TRUE(on_loop(loop, raw.read_all()).ends_with("/3||"));
}

TEST_F(ServerTest, HeadHasTheLengthOfTheBodyItDoesNotSend) {
  serve([](Exchange& exchange) -> Task<void> { co_await exchange.respond(200, "text/plain", "12345"); });
  const Response response = send(request("/", "HEAD"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Length"), "5");
  EXPECT_EQ(send(request("/")).body, "12345") << "the connection is still in step";
}

TEST_F(ServerTest, AClientThatHoldsItsBodyBackIsToldToGoOn) {
  serve(echo);
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  on_loop(loop, raw.write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(on_loop(loop, raw.read_until("\r\n\r\n")), "HTTP/1.1 100 Continue\r\n\r\n");
  on_loop(loop, raw.write("body"));
  EXPECT_TRUE(on_loop(loop, raw.read_until("/||body")).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, AnAnswerWithoutContentLeavesTheConnectionInStep) {
  serve([](Exchange& exchange) -> Task<void> { co_await exchange.respond(204, "text/plain", ""); });
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  for (int i = 0; i < 2; ++i) {
    on_loop(loop, raw.write(plain_request("/")));
    const std::string answer = on_loop(loop, raw.read_until("\r\n\r\n"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content\r\n")) << answer;
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << answer;
  }
}

TEST_F(ServerTest, StreamsChunksAsTheyAreWritten) {
  std::string got;
  serve([&](Exchange& exchange) -> Task<void> {
    co_await exchange.begin_stream(200, "application/json");
    co_await exchange.write("one\n");
    while (got.empty()) co_await sleep_for(milliseconds(1));
    co_await exchange.write("");
    co_await exchange.write("two\n");
    co_await exchange.end_stream();
  });
  Request wire = request("/watch");
  wire.on_data = [&](std::string_view piece) {
    got.append(piece);
    return true;
  };
  const Response response = send(std::move(wire));
  EXPECT_EQ(got, "one\ntwo\n");
  EXPECT_EQ(response.headers.get("Transfer-Encoding"), "chunked");
}

TEST_F(ServerTest, AnswersManyAtOnce) {
  serve(echo);
  int right = 0;
  const auto one = [&](int number) -> Task<void> {
    Request wire = request(fmt::format("/{}", number));
    auto response = co_await client->send(std::move(wire));
    if (response && response->body == fmt::format("/{}||", number)) ++right;
  };
  std::vector<Task<void>> work;
  for (int i = 0; i < 40; ++i) work.push_back(one(i));
  on_loop(loop, all_of(std::move(work)));
  EXPECT_EQ(right, 40);
}

TEST_F(ServerTest, ABodyOverTheLimitIs413) {
  serve(echo, 1000);
  EXPECT_EQ(send(request("/", "POST", std::string(1000, 'x'))).status, 200);
  EXPECT_EQ(send(request("/", "POST", std::string(1001, 'x'))).status, 413);
}

TEST_F(ServerTest, TheRefusalOfALongBodyArrivesBeforeTheConnectionIsClosed) {
  serve(echo, 1000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(request("/", "POST", std::string(2'000'000, 'x'))).status, 413);
}

TEST_F(ServerTest, AHandlerThatThrowsAnswers500AndTheServerGoesOn) {
  serve([](Exchange& exchange) -> Task<void> {
    if (exchange.target.path == "/broken") throw std::runtime_error("on purpose");
    co_await exchange.respond(200, "text/plain", "fine");
  });
  const Response broken = send(request("/broken"));
  EXPECT_EQ(broken.status, 500);
  EXPECT_NE(broken.body.find("on purpose"), std::string::npos);
  EXPECT_EQ(send(request("/")).status, 200);
}

TEST_F(ServerTest, AlsoASystemErrorOfItsOwnIs500) {
  serve([](Exchange&) -> Task<void> {
    throw boost::system::system_error(asio::error::connection_refused, "the container");
    co_return;
  });
  EXPECT_EQ(send(request("/")).status, 500);
}

TEST_F(ServerTest, AHandlerThatForgetsToAnswerIs500) {
  serve([](Exchange&) -> Task<void> { co_return; });
  EXPECT_EQ(send(request("/")).status, 500);
}

TEST_F(ServerTest, AHandlerThatThrowsInItsStreamCutsIt) {
  serve([](Exchange& exchange) -> Task<void> {
    co_await exchange.begin_stream(200, "text/plain");
    co_await exchange.write("half");
    throw std::runtime_error("on purpose");
  });
  EXPECT_FALSE(on_loop(loop, client->send(request("/"))));
}

TEST_F(ServerTest, MalformedRequestsAreRefusedAndTheServerGoesOn) {
  serve(echo);
  const std::string long_header(100'000, 'x');
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), std::string("GET / HTTP/1.1\r\nbroken header\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n"), plain_request("/", "X: " + long_header + "\r\n")}) {
    RawConnection raw(loop);
    on_loop(loop, raw.connect(server->port()));
    on_loop(loop, raw.write(bytes));
    const std::string said = on_loop(loop, raw.read_all());
    EXPECT_TRUE(said.starts_with("HTTP/1.1 4")) << bytes.substr(0, 40) << " -> " << said.substr(0, 40);
  }
  EXPECT_EQ(send(request("/")).status, 200);
}

TEST_F(ServerTest, WhoDoesNotSpeakTlsIsLetGo) {
  serve(echo);
  asio::ip::tcp::socket plain(loop);
  plain.connect({asio::ip::address_v4::loopback(), server->port()});
  asio::write(plain, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  std::array<char, 256> rest;
  bool closed = false;
  const auto read = [&]() -> Task<void> {
    boost::system::error_code failure;
    while (!failure) co_await plain.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, failure));
    closed = true;
  };
  on_loop(loop, read());
  EXPECT_TRUE(closed);
  EXPECT_EQ(send(request("/")).status, 200);
}

TEST_F(ServerTest, AClientThatGoesUnwindsAHandlerThatWritesToIt) {
  bool unwound = false;
  serve([&](Exchange& exchange) -> Task<void> {
    const Witness witness(unwound);
    co_await exchange.begin_stream(200, "text/plain");
    while (true) {
      co_await exchange.write("tick\n");
      co_await sleep_for(milliseconds(1));
    }
  });
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  on_loop(loop, raw.write(plain_request("/log")));
  on_loop(loop, raw.read_until("tick"));
  raw.drop();
  run_until(loop, [&] { return unwound; }, milliseconds(1000));
}

TEST_F(ServerTest, AClientThatGoesUnwindsAlsoAHandlerThatHasNothingToWrite) {
  bool unwound = false;
  serve([&](Exchange& exchange) -> Task<void> {
    const Witness witness(unwound);
    co_await exchange.begin_stream(200, "text/plain");
    co_await exchange.write("first\n");
    co_await sleep_for(std::chrono::hours(1));
  });
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  on_loop(loop, raw.write(plain_request("/log?follow=true")));
  on_loop(loop, raw.read_until("first"));
  raw.drop();
  run_until(loop, [&] { return unwound; }, milliseconds(1000));
}

TEST_F(ServerTest, AStreamWhoseClientStaysIsNotCutOff) {
  serve([&](Exchange& exchange) -> Task<void> {
    co_await exchange.begin_stream(200, "text/plain");
    for (int i = 0; i < 5; ++i) {
      co_await exchange.write("tick\n");
      co_await sleep_for(milliseconds(5));
    }
    co_await exchange.end_stream();
  });
  EXPECT_EQ(send(request("/")).body, "tick\ntick\ntick\ntick\ntick\n");
}

TEST_F(ServerTest, ItsEndUnwindsOpenSessionsAndFreesThePort) {
  bool unwound = false;
  serve([&](Exchange& exchange) -> Task<void> {
    const Witness witness(unwound);
    co_await exchange.begin_stream(200, "text/plain");
    co_await exchange.write("first\n");
    co_await sleep_for(std::chrono::hours(1));
  });
  RawConnection streaming(loop), idle(loop);
  on_loop(loop, streaming.connect(server->port()));
  on_loop(loop, idle.connect(server->port()));
  on_loop(loop, streaming.write(plain_request("/")));
  on_loop(loop, streaming.read_until("first"));
  const uint16_t port = server->port();
  server.reset();
  ServerOptions again{.port = port, .certificate_pem = testing::test_certificate().certificate,
                      .key_pem = testing::test_certificate().key};
  EXPECT_TRUE(Server::listen(loop.get_executor(), again, echo)) << "it listens only while it lives";
  run_until(loop, [&] { return unwound; });
  EXPECT_EQ(on_loop(loop, idle.read_all()), "");
}

TEST_F(ServerTest, ATakenPortIsAnErrorOfTheEnvironment) {
  serve(echo);
  ServerOptions options{.port = server->port(), .certificate_pem = testing::test_certificate().certificate,
                        .key_pem = testing::test_certificate().key};
  auto second = Server::listen(loop.get_executor(), options, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kEnvironment);
  EXPECT_NE(second.error().what.find(std::to_string(options.port)), std::string::npos);
}

TEST_F(ServerTest, RunningOutOfDescriptorsDoesNotEndIt) {
  serve(echo);
  RawConnection raw(loop);
  asio::ip::tcp::socket waiting(loop);
  waiting.open(asio::ip::tcp::v4());
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int highest = dup(0);
  close(highest);
  const rlimit tight{static_cast<rlim_t>(highest), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  waiting.connect({asio::ip::address_v4::loopback(), server->port()});
  on_loop(loop, sleep_for(milliseconds(20)));  // long enough for the failing accept
  setrlimit(RLIMIT_NOFILE, &before);
  waiting.close();
  EXPECT_EQ(send(request("/")).status, 200);
}

ServerOptions bounded(size_t connections, size_t bodies = 64 << 20, size_t answers = 256 << 20) {
  return {.handler_reads_body = true, .connections = connections, .bodies = bodies, .answers = answers};
}

/// Lets nobody in who is not said to be known.
Task<void> only_friends(Exchange& exchange) {
  if (exchange.headers.get("X-Friend").empty()) {
    co_await exchange.respond(401, "text/plain", "who are you?");
    co_return;
  }
  co_await exchange.read_body();
  co_await exchange.respond(200, "text/plain", std::to_string(exchange.body.size()));
}

TEST_F(ServerTest, ABodyIsNotReadBeforeItsHandlerWantsIt) {
  serve(only_friends, 3 << 20, {}, bounded(100));
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  on_loop(loop, raw.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"));
  const std::string answer = on_loop(loop, raw.read_all());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer << " (and no 100)";
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("who are you?")) << answer;
}

TEST_F(ServerTest, WhoSendsABodyThatIsNotReadStillGetsItsAnswer) {
  serve(only_friends, 3 << 20, {}, bounded(100));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(request("/", "POST", std::string(3'000'000, 'x'))).status, 401);
  Request friendly = request("/", "POST", std::string(3'000'000, 'x'));
  friendly.headers.add("X-Friend", "yes");
  EXPECT_EQ(send(std::move(friendly)).body, "3000000");
}

TEST_F(ServerTest, ARequestWithoutABodyKeepsItsConnectionHoweverItIsAnswered) {
  serve(only_friends, 3 << 20, {}, bounded(100));
  RawConnection raw(loop);
  on_loop(loop, raw.connect(server->port()));
  for (int i = 0; i < 2; ++i) {
    on_loop(loop, raw.write(plain_request("/")));
    EXPECT_EQ(on_loop(loop, raw.read_until("who are you?")).find("Connection: close"), std::string::npos);
  }
}

TEST_F(ServerTest, AHandlerMayReadLessThanTheServerWould) {
  serve([](Exchange& exchange) -> Task<void> {
    co_await exchange.read_body(10);
    co_await exchange.respond(200, "text/plain", exchange.body);
  }, 3 << 20, {}, bounded(100));
  EXPECT_EQ(send(request("/", "POST", "0123456789")).body, "0123456789");
  EXPECT_EQ(send(request("/", "POST", "0123456789x")).status, 413);
}

TEST_F(ServerTest, BodiesTogetherTakeNoMoreThanTheirShare) {
  int inside = 0;
  bool go_on = false;
  serve([&](Exchange& exchange) -> Task<void> {
    co_await exchange.read_body();
    ++inside;
    while (!go_on) co_await sleep_for(milliseconds(1));
    co_await exchange.respond(200, "text/plain", "");
  }, 3 << 20, {}, bounded(100, 2'500'000));
  std::vector<long> statuses;
  const auto one = [&]() -> Task<void> {
    Request wire = request("/", "POST", std::string(1'000'000, 'x'));
    auto response = co_await client->send(std::move(wire));
    statuses.push_back(response ? response->status : -1);
    if (statuses.size() == 2) go_on = true;
  };
  std::vector<Task<void>> work;
  for (int i = 0; i < 4; ++i) work.push_back(one());
  on_loop(loop, all_of(std::move(work)));
  std::sort(statuses.begin(), statuses.end());
  EXPECT_EQ(statuses, (std::vector<long>{200, 200, 429, 429}));
  EXPECT_EQ(inside, 2);
  EXPECT_EQ(send(request("/", "POST", std::string(2'000'000, 'x'))).status, 200) << "what was held is given back";
}

TEST_F(ServerTest, AnswersTogetherTakeNoMoreThanTheirShare) {
  serve([](Exchange& exchange) -> Task<void> { co_await exchange.respond(200, "text/plain", std::string(8'000'000, 'x') + "END"); },
        3 << 20, {}, bounded(100, 64 << 20, 10'000'000));
  RawConnection stalled(loop);
  on_loop(loop, stalled.connect(server->port()));
  on_loop(loop, stalled.write(plain_request("/")));
  on_loop(loop, stalled.read_until("\r\n\r\n"));
  EXPECT_EQ(send(request("/")).status, 429) << "the other answer is still being written";
  on_loop(loop, stalled.read_until("END"));
  on_loop(loop, sleep_for(milliseconds(10)));
  EXPECT_EQ(send(request("/")).status, 200);
}

TEST_F(ServerTest, TheConnectionThatWasIdleLongestMakesRoomForANewOne) {
  serve(echo, 3 << 20, {}, bounded(2));
  RawConnection first(loop), second(loop), third(loop);
  for (RawConnection* each : {&first, &second}) {
    on_loop(loop, each->connect(server->port()));
    on_loop(loop, each->write(plain_request("/")));
    on_loop(loop, each->read_until("/||"));
  }
  on_loop(loop, third.connect(server->port()));
  EXPECT_EQ(on_loop(loop, first.read_all()), "") << "it was closed";
  for (RawConnection* each : {&second, &third}) {
    on_loop(loop, each->write(plain_request("/")));
    EXPECT_NE(on_loop(loop, each->read_until("/||")).find("200 OK"), std::string::npos);
  }
}

TEST_F(ServerTest, ANewConnectionIsRefusedWhenAllOthersAreAtWork) {
  serve([](Exchange& exchange) -> Task<void> {
    co_await exchange.begin_stream(200, "text/plain");
    co_await exchange.write("first\n");
    co_await sleep_for(std::chrono::hours(1));
  }, 3 << 20, {}, bounded(1));
  RawConnection busy(loop);
  on_loop(loop, busy.connect(server->port()));
  on_loop(loop, busy.write(plain_request("/")));
  on_loop(loop, busy.read_until("first"));
  RawConnection late(loop);
  EXPECT_THROW(on_loop(loop, late.connect(server->port())), boost::system::system_error);
}

TEST_F(ServerTest, AStreamIsCutWhenItsPeerDoesNotReadInTime) {
  bool unwound = false;
  serve([&](Exchange& exchange) -> Task<void> {
    const Witness witness(unwound);
    exchange.limit_writes(milliseconds(50));
    co_await exchange.begin_stream(200, "text/plain");
    while (true) co_await exchange.write(std::string(100'000, 'x'));
  });
  RawConnection stalled(loop);
  on_loop(loop, stalled.connect(server->port()));
  on_loop(loop, stalled.write(plain_request("/")));
  run_until(loop, [&] { return unwound; }, milliseconds(3000));
}

}  // namespace
}  // namespace zdt::http
