// Requests and answers as bytes, without a connection.
#include "http/wire.h"

#include <gtest/gtest.h>

namespace zdt::http {
namespace {

const std::string kPost = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
const std::string kChunked =
    "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n";

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
  for (const std::string& bytes : {kPost, kChunked}) {
    for (size_t piece = 1; piece <= bytes.size(); ++piece) {
      RequestReader reader(100);
      for (size_t at = 0; at < bytes.size(); at += piece) {
        EXPECT_FALSE(reader.done());
        reader.take(std::string_view(bytes).substr(at, piece));
      }
      ASSERT_TRUE(reader.done()) << piece;
      const WireRequest request = reader.next();
      EXPECT_EQ(request.body(), "body");
      EXPECT_EQ(request["Host"], "x");
      EXPECT_FALSE(reader.done());
    }
  }
}

TEST(RequestReader, KeepsWhatFollowsForTheNextRequest) {
  RequestReader reader(100);
  reader.take(kPost + kChunked + "GET /c HTT");
  EXPECT_EQ(std::string(reader.next().target()), "/a?b=c");
  reader.take("");
  EXPECT_EQ(std::string(reader.next().target()), "/b");
  reader.take("");
  EXPECT_FALSE(reader.done());
  reader.take("P/1.1\r\n\r\n");
  EXPECT_EQ(std::string(reader.next().target()), "/c");
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
    RequestReader reader(100);
    reader.take(bytes);
    EXPECT_EQ(reader.refusal(), status) << bytes.substr(0, 60);
    reader.take(kPost);
    EXPECT_FALSE(reader.done()) << "nothing is read behind what cannot be";
  }
}

TEST(RequestReader, SaysOnceThatABodyIsHeldBack) {
  RequestReader reader(100);
  reader.take("POST / HTTP/1.1\r\nExpect: 100-continue\r\n");
  EXPECT_FALSE(reader.wants_continue()) << "more headers may come";
  reader.take("Content-Length: 4\r\n\r\n");
  EXPECT_TRUE(reader.wants_continue());
  EXPECT_FALSE(reader.wants_continue());
  reader.take("body" + kPost);
  EXPECT_EQ(reader.next().body(), "body");
  reader.take("");
  EXPECT_FALSE(reader.wants_continue()) << "the next request does not ask";
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
