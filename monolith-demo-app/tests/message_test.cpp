#include "message.h"

#include <gtest/gtest.h>

#include "duration.h"

namespace monolith {
namespace {

using Segments = std::vector<std::string>;

TEST(Message, PathSegmentsLeaveOutTheQueryAndEmptyParts) {
  EXPECT_EQ(path_segments("/"), Segments{});
  EXPECT_EQ(path_segments("/companies/3?x=/y"), (Segments{"companies", "3"}));
  EXPECT_EQ(path_segments("//companies//"), Segments{"companies"});
}

TEST(Message, QueryValueFindsTheNameOrFallsBack) {
  EXPECT_EQ(query_value("/prestop?a=1&seconds=3", "seconds", "5"), "3");
  EXPECT_EQ(query_value("/prestop", "seconds", "5"), "5");
  EXPECT_EQ(query_value("/prestop?seconds=", "seconds", "5"), "");
  EXPECT_EQ(query_value("/prestop?xseconds=9", "seconds", "5"), "5");
}

TEST(Message, ErrorsAreJsonEvenWhenTheTargetIsNotUtf8) {
  EXPECT_EQ(error_response(404, "nothing at /x").body, "{\"error\":\"nothing at /x\",\"status\":404}\n");
  EXPECT_NO_THROW(error_response(404, "nothing at /\xff\xfe"));
}

TEST(Message, SecondsHaveABound) {
  EXPECT_EQ(parse_seconds("0.5", std::chrono::seconds(60)), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_seconds("60", std::chrono::seconds(60)), std::chrono::milliseconds(60'000));
  for (const char* text : {"60.001", "-1", "nan", "inf", "1e1", "0x1", "1s", ""}) {
    EXPECT_FALSE(parse_seconds(text, std::chrono::seconds(60))) << text;
  }
}

}  // namespace
}  // namespace monolith
