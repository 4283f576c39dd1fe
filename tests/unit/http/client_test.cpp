// The client against a plain TCP server that answers, and breaks connections, as each test says.
#include "http/client.h"

#include <boost/asio/post.hpp>

#include "unit/host/on_loop.h"
#include "unit/load/test_server.h"

namespace zdt::http {
namespace {

using load::testing::Answer;
using load::testing::answer;
using load::testing::Seen;
using load::testing::TestServer;
using load::testing::Then;
using zdt::testing::on_loop;
using zdt::testing::run_until;

class ClientTest : public ::testing::Test {
 protected:
  Result<Response> send(Request request) { return on_loop(loop, client->send(std::move(request))); }

  static Request to(const TestServer& server, std::string path = "/") {
    Request request;
    request.url = server.url(path);
    request.limit = milliseconds(3000);
    return request;
  }

  asio::io_context loop;
  std::unique_ptr<Client> client = std::make_unique<Client>(loop.get_executor());
};

TEST_F(ClientTest, GivesStatusHeadersAndBody) {
  TestServer server([](const Seen&) { return answer(418, "X-Kind: teapot\r\nx-twice: 1\r\nX-Twice: 2\r\n"); });
  auto response = send(to(server));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(response->headers.get("x-kind"), "teapot");
  EXPECT_EQ(response->headers.get("X-TWICE"), "1");
  EXPECT_GT(response->total.count(), 0);
}

TEST_F(ClientTest, SendsTheHeadersItIsGivenAlsoEmptyOnes) {
  std::string head;
  TestServer server([&](const Seen& seen) {
    head = seen.head;
    return answer();
  });
  Request request = to(server, "/path?x=1");
  request.headers.add("X-Given", "yes");
  request.headers.add("X-Empty", "");
  ASSERT_TRUE(send(std::move(request)));
  EXPECT_TRUE(head.starts_with("GET /path?x=1 HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("\r\nX-Given: yes\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nX-Empty:"), std::string::npos) << head;
}

TEST_F(ClientTest, SendsEveryMethodWithItsBody) {
  Seen seen;
  TestServer server([&](const Seen& one) {
    seen = one;
    return answer();
  });
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    Request request = to(server);
    request.method = method;
    request.body = fmt::format("body of {}", method);
    request.headers.add("Content-Type", "application/json");
    ASSERT_TRUE(send(request)) << method;
    EXPECT_TRUE(seen.head.starts_with(fmt::format("{} / ", method))) << seen.head;
    EXPECT_EQ(seen.body, request.body);
    EXPECT_NE(seen.head.find("Content-Type: application/json\r\n"), std::string::npos) << seen.head;
    EXPECT_EQ(seen.head.find("Expect"), std::string::npos);
  }
}

TEST_F(ClientTest, SendsMethodsWithoutABody) {
  Seen seen;
  TestServer server([&](const Seen& one) {
    seen = one;
    return answer();
  });
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    Request request = to(server);
    request.method = method;
    ASSERT_TRUE(send(request)) << method;
    EXPECT_TRUE(seen.head.starts_with(fmt::format("{} / ", method))) << seen.head;
  }
}

TEST_F(ClientTest, HeadGivesTheHeadersAndNoBody) {
  TestServer server([](const Seen& seen) {
    EXPECT_TRUE(seen.head.starts_with("HEAD / "));
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"};
  });
  Request request = to(server);
  request.method = "HEAD";
  auto response = send(std::move(request));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->headers.get("Content-Length"), "1234");
  EXPECT_EQ(response->body, "");
}

TEST_F(ClientTest, KeepsConnectionsForTheNextRequest) {
  TestServer server([](const Seen&) { return answer(); });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(to(server)));
  EXPECT_EQ(server.connections, 1);
}

TEST_F(ClientTest, AConnectionThatTheServerClosedIsReplaced) {
  TestServer server([](const Seen&) {
    Answer last = answer(200, "Connection: close\r\n");
    last.then = Then::kClose;
    return last;
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(to(server)));
  EXPECT_EQ(server.connections, 3);
}

TEST_F(ClientTest, ManyRequestsAtOnceAllGetTheirOwnAnswer) {
  TestServer server([](const Seen& seen) {
    const std::string path = seen.head.substr(4, seen.head.find(' ', 4) - 4);
    return Answer{fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", path.size(), path)};
  });
  int right = 0;
  const auto one = [&](int number) -> Task<void> {
    const std::string path = fmt::format("/{}", number);
    auto response = co_await client->send(to(server, path));
    if (response && response->body == path) ++right;
  };
  std::vector<Task<void>> work;
  for (int i = 0; i < 100; ++i) work.push_back(one(i));
  on_loop(loop, all_of(std::move(work)));
  EXPECT_EQ(right, 100);
}

TEST_F(ClientTest, ARefusedConnectionNamesTheAddress) {
  std::string url;
  { url = TestServer([](const Seen&) { return answer(); }).url(); }
  Request request;
  request.url = url;
  auto response = send(std::move(request));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kEnvironment);
  EXPECT_NE(response.error().what.find(url), std::string::npos) << response.error().what;
}

TEST_F(ClientTest, AnAnswerCutShortIsAFailure) {
  TestServer server([](const Seen&) { return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly", Then::kClose}; });
  auto response = send(to(server));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kEnvironment);
}

TEST_F(ClientTest, ASilentServerIsATimeout) {
  TestServer server([](const Seen&) { return Answer{"", Then::kSilence}; });
  Request request = to(server);
  request.limit = milliseconds(50);
  auto response = send(std::move(request));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kTimeout);
}

TEST_F(ClientTest, OnlyHttpAddressesAreFollowed) {
  Request request;
  request.url = "file:///etc/passwd";
  auto response = send(std::move(request));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kEnvironment);
}

TEST_F(ClientTest, ABodyOverItsLimitIsInvalid) {
  TestServer server([](const Seen&) { return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"}; });
  for (size_t limit : {10u, 9u}) {
    Request request = to(server);
    request.body_limit = limit;
    auto response = send(std::move(request));
    EXPECT_EQ(response.has_value(), limit == 10);
    EXPECT_TRUE(response || response.error().code == Code::kInvalid);
  }
}

TEST_F(ClientTest, StreamsPiecesAndTellsTheStatusFirst) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
  });
  std::vector<std::string> said;
  Request request = to(server);
  request.on_headers = [&](long status, const Headers& headers) {
    said.push_back(fmt::format("{} {}", status, headers.get("transfer-encoding")));
  };
  request.on_data = [&](std::string_view piece) {
    said.emplace_back(piece);
    return true;
  };
  auto response = send(std::move(request));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "");
  ASSERT_GE(said.size(), 2u);
  EXPECT_EQ(said[0], "201 chunked");
  std::string whole;
  for (size_t i = 1; i < said.size(); ++i) whole += said[i];
  EXPECT_EQ(whole, "abcde");
}

TEST_F(ClientTest, TellsTheHeadersOnceAlsoWithoutABody) {
  TestServer server([](const Seen&) { return Answer{"HTTP/1.1 204 No Content\r\n\r\n"}; });
  int told = 0;
  Request request = to(server);
  request.on_headers = [&](long status, const Headers&) { told += status == 204 ? 1 : 100; };
  ASSERT_TRUE(send(std::move(request)));
  EXPECT_EQ(told, 1);
}

TEST_F(ClientTest, TheReaderMayEndTheExchangeEarly) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Then::kSilence};
  });
  Request request = to(server);
  request.on_data = [](std::string_view) { return false; };
  auto response = send(std::move(request));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 200);
}

TEST_F(ClientTest, WhatACallbackThrowsGoesOn) {
  TestServer server([](const Seen&) { return answer(); });
  Request in_data = to(server), in_headers = to(server), without_body = to(server);
  in_data.on_data = [](std::string_view) -> bool { throw std::runtime_error("data"); };
  in_headers.on_headers = [](long, const Headers&) { throw std::runtime_error("headers"); };
  EXPECT_THROW(send(std::move(in_data)), std::runtime_error);
  EXPECT_THROW(send(std::move(in_headers)), std::runtime_error);
  EXPECT_TRUE(send(to(server))) << "the client goes on";
}

TEST_F(ClientTest, ACallbackMayStartAnotherRequestOnTheSameClient) {
  TestServer server([](const Seen&) { return answer(); });
  std::optional<Result<Response>> second;
  Background other;
  const auto nested = [&]() -> Task<void> { second = co_await client->send(to(server, "/second")); };
  Request request = to(server);
  request.on_data = [&](std::string_view) {
    other = Background(loop.get_executor(), nested());
    return true;
  };
  ASSERT_TRUE(send(std::move(request)));
  run_until(loop, [&] { return second.has_value(); }, milliseconds(1000));
  EXPECT_TRUE(*second);
}

TEST_F(ClientTest, BeingCancelledClosesTheConnection) {
  TestServer server([](const Seen&) {
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Then::kSilence};
  });
  bool began = false;
  Request request = to(server);
  request.on_data = [&](std::string_view) { return began = true; };
  const auto body = [&]() -> Task<void> { co_await client->send(std::move(request)); };
  Background task(loop.get_executor(), body());
  run_until(loop, [&] { return began; });
  task.stop();
  run_until(loop, [&] { return !task.running() && server.open_now == 0; });
}

TEST_F(ClientTest, MayEndBeforeItsExchangesWereUnwound) {
  TestServer server([](const Seen&) { return Answer{"", Then::kSilence}; });
  const auto body = [&]() -> Task<void> { co_await client->send(to(server)); };
  Background task(loop.get_executor(), body());
  run_until(loop, [&] { return server.requests > 0; });
  client.reset();
  task.stop();
  run_until(loop, [&] { return !task.running() && server.open_now == 0; });
}

TEST_F(ClientTest, ConnectsFromInsideANetworkNamespace) {
  if (geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
  auto network = host::NetworkNamespace::create();
  ASSERT_TRUE(network);
  const int fd = (*network)->make_socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(listen(fd, 4), 0);  // unbound: any free port of every address inside
  TestServer inside([](const Seen&) { return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninside"}; }, fd);
  Request request = to(inside);
  EXPECT_FALSE(send(request)) << "it must not be reachable from outside";
  request.network = *network;
  auto response = send(std::move(request));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "inside");
}

/// Sets a variable for the life of the object.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* before = getenv(name);
    if (before != nullptr) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_F(ClientTest, TakesTheProxyOfTheEnvironmentAndItsExceptions) {
  TestServer proxy([](const Seen&) { return answer(299); });
  const Variable use_proxy("http_proxy", proxy.url()), except("no_proxy", "exception.zdt.test");
  const auto status_of = [&](const char* url) {
    Request request;
    request.url = url;
    request.limit = milliseconds(2000);
    auto response = send(std::move(request));
    return response ? response->status : 0;
  };
  EXPECT_EQ(status_of("http://other.zdt.test/"), 299);
  EXPECT_EQ(status_of("http://exception.zdt.test/"), 0) << "NO_PROXY is the user's word";
}

TEST_F(ClientTest, LoopbackNeverGoesThroughAProxy) {
  TestServer proxy([](const Seen&) { return answer(299); }), server([](const Seen&) { return answer(200); });
  const Variable use_proxy("http_proxy", proxy.url());
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Request request;
    request.url = fmt::format("http://{}:{}/", host, server.port());
    auto response = send(std::move(request));
    ASSERT_TRUE(response) << response.error().what;
    EXPECT_EQ(response->status, 200);
  }
}

TEST_F(ClientTest, ABodyWaitsForWhoeverTakesItFromItsPipe) {
  const std::string body(8'000'000, 'x');
  TestServer server([&](const Seen&) { return Answer{fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body)}; });
  Request request;
  request.url = server.url();
  request.pipe = std::make_shared<BodyPipe>(loop.get_executor());
  const auto pipe = request.pipe;
  std::optional<Result<Response>> response;
  size_t taken = 0;
  const auto transfer = [&]() -> Task<void> { response = co_await client->send(std::move(request)); };
  const auto take = [&]() -> Task<void> {
    co_await sleep_for(milliseconds(50));
    EXPECT_FALSE(response) << "nobody took anything yet";
    while (auto piece = co_await pipe->next()) taken += piece->size();
  };
  std::vector<Task<void>> both;
  both.push_back(transfer());
  both.push_back(take());
  on_loop(loop, all_of(std::move(both)));
  EXPECT_EQ(taken, body.size());
  ASSERT_TRUE(response && *response);
  EXPECT_EQ((*response)->body, "");
}

TEST_F(ClientTest, APipeEndsWithItsExchangeAlsoWhenThatFails) {
  Request request;
  request.url = "http://127.0.0.1:1/";
  request.pipe = std::make_shared<BodyPipe>(loop.get_executor());
  const auto pipe = request.pipe;
  EXPECT_FALSE(send(std::move(request)));
  EXPECT_FALSE(on_loop(loop, pipe->next()));
}

}  // namespace
}  // namespace zdt::http
