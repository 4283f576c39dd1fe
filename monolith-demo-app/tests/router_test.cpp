#include "router.h"

#include <gtest/gtest.h>

namespace monolith {
namespace {

Response nothing(const Request&) { return {}; }

Router things() {
  Router router;
  router.add(Method::kGet, "/things", PlainHandler(nothing));
  router.add(Method::kPost, "/things", PlainHandler(nothing));
  router.add(Method::kGet, "/things/{id}/parts/{part}", PlainHandler(nothing));
  return router;
}

Request to(Method method, const std::string& target) {
  Request request;
  request.method = method;
  request.target = target;
  return request;
}

TEST(Router, APlaceholderWithDotsTakesAllThatIsLeft) {
  Router router;
  router.add(Method::kGet, "/files/{path...}", PlainHandler(nothing));
  for (const auto& [target, rest] : {std::pair{"/files/a", "a"}, {"/files/a/b//c/?x=1", "a/b/c"}}) {
    Request request = to(Method::kGet, target);
    router.find(request);
    EXPECT_EQ(request.args, (std::vector<std::string>{rest})) << target;
  }
  Request none = to(Method::kGet, "/files");
  EXPECT_THROW(router.find(none), RequestError);
}

TEST(Router, HandsOverWhatThePlaceholdersMatched) {
  const Router router = things();
  Request request = to(Method::kGet, "/things/7/parts/wheel?x=1");
  router.find(request);
  EXPECT_EQ(request.args, (std::vector<std::string>{"7", "wheel"}));
}

TEST(Router, HeadGoesWhereGetGoes) {
  const Router router = things();
  Request head = to(Method::kHead, "/things");
  EXPECT_NO_THROW(router.find(head));
}

TEST(Router, AnotherMethodIsToldWhatIsAllowed) {
  const Router router = things();
  Request request = to(Method::kDelete, "/things");
  try {
    router.find(request);
    FAIL() << "DELETE /things was found";
  } catch (const NotAllowed& refusal) {
    EXPECT_EQ(refusal.status(), 405);
    EXPECT_EQ(refusal.allow(), "GET, HEAD, POST");
  }
}

TEST(Router, AnUnknownPathIsNotFound) {
  const Router router = things();
  Request request = to(Method::kGet, "/things/7/parts");
  try {
    router.find(request);
    FAIL() << "found";
  } catch (const RequestError& refusal) {
    EXPECT_EQ(refusal.status(), 404);
  }
}

}  // namespace
}  // namespace monolith
