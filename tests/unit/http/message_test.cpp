#include "http/message.h"

#include <gtest/gtest.h>

namespace zdt::http {
namespace {

TEST(Headers, CompareWithoutCaseAndKeepTheirOrder) {
  Headers headers;
  headers.add("X-One", "1");
  headers.add("x-one", "2");
  EXPECT_EQ(headers.get("x-ONE"), "1");
  EXPECT_EQ(headers.get("X-Two"), "");
  EXPECT_EQ(headers.all().size(), 2u);
}

TEST(UrlEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(url_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(url_encode("a b/c?d=e&f+%"), "a%20b%2Fc%3Fd%3De%26f%2B%25");
  EXPECT_EQ(url_encode("\xc3\xa4"), "%C3%A4");
}

TEST(UrlDecode, TurnsBackWhatWasEncoded) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(url_decode(url_encode(all)), all);
  EXPECT_EQ(url_decode("a+b"), "a b");
  EXPECT_EQ(url_decode("%41"), "A");
}

TEST(UrlDecode, LeavesBrokenEscapesAsTheyAre) {
  EXPECT_EQ(url_decode("100%"), "100%");
  EXPECT_EQ(url_decode("%4"), "%4");
  EXPECT_EQ(url_decode("%zz"), "%zz");
  EXPECT_EQ(url_decode("\xff%e4\xff"), "\xff\xe4\xff");
}

TEST(ParseTarget, SplitsPathAndDecodedQuery) {
  const Target target = parse_target("/api/v1/pods?labelSelector=app%3Dweb%2Ctier&watch=&command=a+b&command=c%26d&flag");
  EXPECT_EQ(target.path, "/api/v1/pods");
  EXPECT_EQ(target.value("labelSelector"), "app=web,tier");
  EXPECT_EQ(target.values("command"), (std::vector<std::string>{"a b", "c&d"}));
  EXPECT_TRUE(target.has("watch"));
  EXPECT_TRUE(target.has("flag"));
  EXPECT_FALSE(target.has("none"));
  EXPECT_EQ(target.value("none", "fallback"), "fallback");
}

TEST(ParseTarget, CopesWithEveryDegenerateForm) {
  EXPECT_EQ(parse_target("/").path, "/");
  EXPECT_EQ(parse_target("").path, "");
  EXPECT_TRUE(parse_target("/a?").query.empty());
  EXPECT_TRUE(parse_target("/a?&&").query.empty());
  EXPECT_EQ(parse_target("/a?x=1=2").value("x"), "1=2");
  EXPECT_EQ(parse_target("/a?x=1?y=2").value("x"), "1?y=2");
}

}  // namespace
}  // namespace zdt::http
