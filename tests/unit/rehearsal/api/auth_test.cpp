// Tokens: whose they are, and how long they are good.
#include <gtest/gtest.h>

#include "base/text.h"
#include "rehearsal/api/auth.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

class Tokens : public ::testing::Test {
 protected:
  Tokens() {
    account_ = create("serviceaccounts", {{"metadata", {{"namespace", "a"}, {"name", "b"}}}});
    pod_ = create("pods", {{"metadata", {{"namespace", "a"}, {"name", "web"}}},
                           {"spec", {{"serviceAccountName", "b"}, {"nodeName", "worker"}}}});
  }
  ObjectPtr create(const std::string& resource, json object) {
    return store_.create(resource, std::move(object)).value();
  }
  static std::string uid_of(const ObjectPtr& object) { return string_at(*object, {"metadata", "uid"}); }

  TokenClaims claims() const {
    TokenClaims claims;
    claims.ns = "a";
    claims.account = "b";
    claims.account_uid = uid_of(account_);
    claims.issued = now_;
    claims.expires = now_ + std::chrono::hours(1);
    return claims;
  }
  /// Whom a header lets in; "-" for nobody.
  std::string user(const std::string& header, const std::string& token = "abc", const std::string& key = "key") const {
    http::Headers headers;
    if (!header.empty()) headers.add("Authorization", header);
    try {
      return Authenticator(store_, token, key).user_of(headers).name;
    } catch (const Failure& failure) {
      return std::to_string(failure.code());
    }
  }
  /// Why a token is not good at `when`; "" when it is.
  std::string broken(const std::string& token, WallTime when) const {
    const auto user = Authenticator(store_, "abc", "key").user_of_token(token, {kAudience}, when);
    return user ? "" : user.error().what;
  }

  Store store_;
  ObjectPtr account_, pod_;
  const WallTime now_ = std::chrono::system_clock::now();
};

TEST_F(Tokens, OnlyTheWholeTokenIsTheAdministrators) {
  EXPECT_EQ(user("Bearer abc"), "kubernetes-admin");
  EXPECT_EQ(user("bearer abc"), "kubernetes-admin");
  for (const char* wrong : {"Bearer ab", "Bearer abcd", "Bearer a.b.c", "Bearer  abc", "Bearer ...", "Bearer ."})
    EXPECT_EQ(user(wrong), "401") << wrong;
  EXPECT_EQ(user("Bearer x", ""), "401");
}

TEST_F(Tokens, WhoShowsNoneIsAnonymous) {
  for (const char* none : {"", "abc", "Bearer", "Bearer ", "Basic abc"}) EXPECT_EQ(user(none), "system:anonymous") << none;
  EXPECT_EQ(user("Bearer ", ""), "system:anonymous") << "an empty token is nobody's";
}

TEST_F(Tokens, AnAccountIsItselfWithOurSignatureAlone) {
  const std::string token = account_token("key", claims());
  EXPECT_EQ(user("Bearer " + token), "system:serviceaccount:a:b");
  EXPECT_EQ(user("Bearer " + account_token("other key", claims())), "401");
  EXPECT_EQ(user("Bearer " + account_token("", claims()), "abc", ""), "401");
  TokenClaims other = claims();
  other.account = "c";
  const std::string another = account_token("key", other);
  EXPECT_EQ(user("Bearer " + token.substr(0, token.rfind('.')) + another.substr(another.rfind('.'))), "401");
}

TEST_F(Tokens, EndWithTheirTimeTheirAudienceAndTheirAccount) {
  const std::string token = account_token("key", claims());
  EXPECT_EQ(broken(token, now_), "");
  EXPECT_EQ(broken(token, now_ + std::chrono::hours(1)), "service account token has expired");
  EXPECT_EQ(broken(token, now_ - std::chrono::minutes(2)), "service account token is not valid yet");
  TokenClaims foreign = claims();
  foreign.audiences = {"vault"};
  EXPECT_NE(broken(account_token("key", foreign), now_), "");
  ASSERT_TRUE(store_.remove("serviceaccounts", "a", "b"));
  EXPECT_EQ(broken(token, now_), "service account a/b has been deleted");
  create("serviceaccounts", {{"metadata", {{"namespace", "a"}, {"name", "b"}}}});
  EXPECT_EQ(broken(token, now_), "service account a/b has been deleted") << "it has another uid";
}

TEST_F(Tokens, OfAPodEndsAMinuteAfterItsGracePeriodOrWithIt) {
  const std::string token = pod_token("key", store_, *pod_, now_);
  EXPECT_EQ(broken(token, now_ + std::chrono::hours(24 * 300)), "") << "it is good for a year";
  const auto user = Authenticator(store_, "abc", "key").user_of_token(token, {kAudience}, now_).value();
  EXPECT_EQ(user.extra.at("authentication.kubernetes.io/pod-name"), std::vector<std::string>{"web"});
  EXPECT_EQ(user.groups, (std::vector<std::string>{"system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"}));
  ASSERT_TRUE(store_.modify("pods", "a", "web", [&](json& pod) {
    pod["metadata"]["deletionTimestamp"] = format_time(now_ + std::chrono::seconds(30));
  }));
  EXPECT_EQ(broken(token, now_ + std::chrono::seconds(80)), "");
  EXPECT_EQ(broken(token, now_ + std::chrono::seconds(95)), "service account token has been invalidated");
  ASSERT_TRUE(store_.remove("pods", "a", "web"));
  EXPECT_EQ(broken(token, now_), "service account token has been invalidated");
}

TEST_F(Tokens, OfAPodWithoutAnAccountIsEmpty) {
  ASSERT_TRUE(store_.remove("serviceaccounts", "a", "b"));
  EXPECT_EQ(pod_token("key", store_, *pod_, now_), "");
}

}  // namespace
}  // namespace zdt::rehearsal::api
