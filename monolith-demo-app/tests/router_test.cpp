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
