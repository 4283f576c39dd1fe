#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::status_object;

class LogsTest : public ApiWorld {
 protected:
  void log_in_pieces(std::vector<std::string> pieces) {
    api->on("GET /api/v1/namespaces/demo/pods/web-0/log", [pieces = std::move(pieces)](http::Exchange& exchange) {
      return write_pieces(exchange, pieces);
    });
  }

  static Task<void> write_pieces(http::Exchange& exchange, std::vector<std::string> pieces) {
    co_await exchange.begin_stream(200, "text/plain");
    for (const std::string& piece : pieces) {
      co_await exchange.write(piece);
      co_await sleep_for(milliseconds(1));
    }
    co_await exchange.end_stream();
  }

  std::vector<std::string> lines(size_t most = 1000) {
    std::vector<std::string> got;
    auto ended = wait(client->logs({.pod = "web-0"}, [&](std::string_view line) {
      got.emplace_back(line);
      return got.size() < most;
    }));
    EXPECT_TRUE(ended) << ended.error().what;
    return got;
  }
};

using Lines = std::vector<std::string>;

TEST_F(LogsTest, GivesWholeLinesHoweverTheyAreCut) {
  log_in_pieces({"on", "e\ntwo\nth", "ree\n", "\nfive"});
  EXPECT_EQ(lines(), (Lines{"one", "two", "three", "", "five"}));
}

TEST_F(LogsTest, StopsAfterTheLineThatTheCallbackRefuses) {
  log_in_pieces({"one\ntwo\nthree\n"});
  EXPECT_EQ(lines(2), (Lines{"one", "two"}));
}

TEST_F(LogsTest, AsksForWhatItIsToldTo) {
  log_in_pieces({});
  Client::LogQuery query{.pod = "web-0", .container = "app", .follow = true, .previous = true, .timestamps = true, .tail = 0, .since_seconds = 9};
  ASSERT_TRUE(wait(client->logs(query, [](std::string_view) { return true; })));
  const http::Target& asked = api->seen.back().target;
  const std::map<std::string, std::string> wanted{{"container", "app"},    {"follow", "true"},  {"previous", "true"},
                                                  {"timestamps", "true"}, {"tailLines", "0"}, {"sinceSeconds", "9"}};
  for (const auto& [name, value] : wanted) EXPECT_EQ(asked.value(name), value) << name;
}

TEST_F(LogsTest, ARefusalIsTheServersAndNoLine) {
  api->answer("GET /api/v1/namespaces/demo/pods/web-0/log", status_object(400, "BadRequest", "container is creating"), 400);
  int told = 0;
  auto ended = wait(client->logs({.pod = "web-0"}, [&](std::string_view) { return ++told > 0; }));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kInvalid);
  EXPECT_EQ(ended.error().what, "logs of web-0: container is creating");
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace zdt::kube
