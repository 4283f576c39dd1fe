// Requests and answers as bytes, without a connection.
#include "http/wire.h"

#include <gtest/gtest.h>

namespace zdt::http {
namespace {

const std::string kPost = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
const std::string kChunked =
    "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n";

/// As the server does it: the body is asked for when the head is there.
void give(RequestReader& reader, std::string_view bytes) {
  reader.take(bytes);
  if (reader.head_done() && !reader.refusal() && !reader.done()) reader.begin_body(100);
}

struct Whole {
  std::string target, host, body;
};

Whole next_of(RequestReader& reader) {
  Whole whole{std::string(reader.request().target()), std::string(reader.request()["Host"]), reader.take_body()};
  reader.begin();
  return whole;
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
  for (const std::string& bytes : {kPost, kChunked}) {
    for (size_t piece = 1; piece <= bytes.size(); ++piece) {
      RequestReader reader;
      for (size_t at = 0; at < bytes.size(); at += piece) {
        EXPECT_FALSE(reader.done());
        give(reader, std::string_view(bytes).substr(at, piece));
      }
      ASSERT_TRUE(reader.done()) << piece;
      const Whole request = next_of(reader);
      EXPECT_EQ(request.body, "body");
      EXPECT_EQ(request.host, "x");
      EXPECT_FALSE(reader.done());
    }
  }
}

TEST(RequestReader, KeepsWhatFollowsForTheNextRequest) {
  RequestReader reader;
  give(reader, kPost + kChunked + "GET /c HTT");
  EXPECT_EQ(next_of(reader).target, "/a?b=c");
  give(reader, "");
  EXPECT_EQ(next_of(reader).target, "/b");
  give(reader, "");
  EXPECT_FALSE(reader.done());
  give(reader, "P/1.1\r\n\r\n");
  EXPECT_EQ(next_of(reader).target, "/c");
}

TEST(RequestReader, RefusesWhatItCannotRead) {
  const std::string endless(RequestReader::kHeaderLimit + 1, 'x');
  const std::vector<std::pair<std::string, int>> refused = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nbroken header\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400},
      {"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n", 400},
      {"GET / HTTP/1.1\r\nX: " + endless, 431},
      {"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
      {"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(101, 'x'), 413},
  };
  for (const auto& [bytes, status] : refused) {
    RequestReader reader;
    give(reader, bytes);
    EXPECT_EQ(reader.refusal(), status) << bytes.substr(0, 60);
    give(reader, kPost);
    EXPECT_FALSE(reader.done()) << "nothing is read behind what cannot be";
  }
}

TEST(RequestReader, SaysOnceThatABodyIsHeldBack) {
  RequestReader reader;
  reader.take("POST / HTTP/1.1\r\nExpect: 100-continue\r\n");
  EXPECT_FALSE(reader.wants_continue()) << "more headers may come";
  reader.take("Content-Length: 4\r\n\r\n");
  EXPECT_TRUE(reader.wants_continue());
  EXPECT_FALSE(reader.wants_continue());
  give(reader, "body" + kPost);
  EXPECT_EQ(next_of(reader).body, "body");
  give(reader, "");
  EXPECT_FALSE(reader.wants_continue()) << "the next request does not ask";
}

TEST(RequestReader, StopsBehindTheHeadUntilTheBodyIsWanted) {
  RequestReader reader;
  EXPECT_FALSE(reader.begun());
  reader.take(kPost);
  EXPECT_TRUE(reader.begun() && reader.head_done());
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.body_size(), 0u);
  reader.begin_body(100);
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.take_body(), "body");
}

TEST(RequestReader, MakesNoRoomForABodyThatIsOnlyAnnounced) {
  RequestReader reader;
  reader.take("POST / HTTP/1.1\r\nContent-Length: 9000000000000000000\r\n\r\n");
  EXPECT_TRUE(reader.head_done() && !reader.refusal());
  reader.begin_body(9'100'000'000'000'000'000);
  EXPECT_FALSE(reader.refusal());
  reader.take("a few bytes");
  EXPECT_EQ(reader.body_size(), 11u);
}

TEST(AnswerHead, SaysWhetherTheConnectionStaysWhereTheVersionDoesNot) {
  Headers headers;
  headers.add("Content-Length", "2");
  EXPECT_EQ(answer_head(11, 200, headers, true), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(answer_head(11, 404, headers, false), "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer_head(10, 200, {}, true), "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer_head(10, 200, {}, false), "HTTP/1.0 200 OK\r\n\r\n");
}

TEST(AnswerHead, SomeStatusesHaveNoBody) {
  EXPECT_TRUE(has_content(200));
  EXPECT_TRUE(has_content(404));
  for (const int status : {101, 204, 304}) EXPECT_FALSE(has_content(status)) << status;
}

TEST(Chunk, HasItsLengthInHexAndTheEmptyOneEnds) {
  EXPECT_EQ(chunk_of(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
  EXPECT_EQ(chunk_of(""), "0\r\n\r\n");
}

}  // namespace
}  // namespace zdt::http
