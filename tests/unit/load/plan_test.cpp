#include "load/plan.h"

#include <gtest/gtest.h>

#include <functional>

namespace zdt::load {
namespace {

Plan good_plan() {
  Plan plan;
  plan.url = "http://127.0.0.1:8080/companies";
  return plan;
}

/// What is wrong with the plan after `change`, or "" when it is good.
std::string complaint(const std::function<void(Plan&)>& change) {
  Plan plan = good_plan();
  change(plan);
  const auto result = checked(plan);
  if (result) return "";
  EXPECT_EQ(result.error().code, Code::kUsage);
  return result.error().what;
}

TEST(Plan, SettlesItsTargetsDrainAndWorkers) {
  Plan plan = good_plan();
  plan.workers = 8;
  plan.connections = 3;
  const auto settled = checked(plan);
  ASSERT_TRUE(settled);
  ASSERT_EQ(settled->targets.size(), 1U);
  EXPECT_EQ(settled->targets[0].url, plan.url);
  EXPECT_EQ(settled->drain, plan.response_timeout + milliseconds(500));
  EXPECT_EQ(settled->workers, 3U);
}

TEST(Plan, RefusesWhatHasNoBounds) {
  EXPECT_EQ(complaint([](Plan& plan) { plan.connections = 10'001; }),
            "load: connections must be 1 to 10000, got 10001");
  EXPECT_EQ(complaint([](Plan& plan) { plan.rate = 200'001; }),
            "load: rate must be 0.001 to 200000, got 200001");
  EXPECT_NE(complaint([](Plan& plan) { plan.connections = 0; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.rate = -1; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.rate = std::numeric_limits<double>::quiet_NaN(); }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.workers = 65; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.queue_limit = 1'000'001; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.response_timeout = milliseconds(0); }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.connect_timeout = milliseconds(0); }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.think_time = milliseconds(-1); }), "");
}

TEST(Plan, RefusesAUrlThatCannotBeReadAndShowsNoPassword) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://127.0.0.1:99999/", "got \"http://127.0.0.1:99999/\": Port number was not a decimal"},
      {"http://127.0.0.1:0/", "got \"http://127.0.0.1:0/\": want port 1 to 65535, got 0"},
      {"http://127.0.0.1:http/", "got \"http://127.0.0.1:http/\": Port"},
      {"http://[::1/", "got \"http://[::1/\": Bad IPv6 address"},
      {"http:////host/p", "got \"http:////host/p\""},
      {"http:///p", "got \"http:///p\""},
      {"http://", "got \"http://\""},
      {"http://user@/p", "got \"http:///p\""},
      {"http://a b/", "got \"http://a b/\""},
      {"http://user:secret@127.0.0.1:99999/", "got \"http://127.0.0.1:99999/\""},
      {"http://user:sec/ret@host/", "got \"http://host/\""},
      {"https://user:secret@host/", "got \"https://host/\""},
  };
  for (const auto& [url, wanted] : cases) {
    const std::string said = complaint([url = url](Plan& plan) { plan.targets = {{"http://good/"}, {url}}; });
    EXPECT_NE(said.find(wanted), std::string::npos) << url << ": " << said;
    EXPECT_EQ(said.find("sec"), std::string::npos) << said;
  }
  for (const char* url : {"http://h", "http://h/a//b/../c?d=@e#f", "http://[::1]:80/", "http://h:65535/", "http://u:p@h/@me"})
    EXPECT_EQ(complaint([url](Plan& plan) { plan.url = url; }), "") << url;
}

TEST(Plan, TakesUserAndPasswordOutOfWhatIsShown) {
  Plan plan = good_plan();
  plan.url = "http://us%40er:s%20e@127.0.0.1:8080/a@b";
  plan.thresholds = {*parse_threshold("failed{url:http://us%40er:s%20e@127.0.0.1:8080/a@b}: count==0")};
  const auto settled = checked(plan);
  ASSERT_TRUE(settled);
  const Target& target = settled->targets.at(0);
  EXPECT_EQ(target.url, "http://127.0.0.1:8080/a@b");
  EXPECT_EQ(settled->url, target.url);
  EXPECT_EQ(target.user, "us@er");
  EXPECT_EQ(target.password, "s e");
  EXPECT_EQ(settled->thresholds[0].selected, target.url);
  EXPECT_EQ(settled->thresholds[0].text, "failed{url:http://127.0.0.1:8080/a@b}: count==0");
}

TEST(Plan, TakesConnectionCloseAmongItsHeadersAtItsWord) {
  const auto keeps = [](const std::string& name, const std::string& value) {
    Plan plan = good_plan();
    plan.headers = {{name, value}};
    return checked(plan)->keep_alive;
  };
  EXPECT_FALSE(keeps("Connection", "close"));
  EXPECT_FALSE(keeps("connection", "TE , Close"));
  EXPECT_TRUE(keeps("Connection", "keep-alive"));
  EXPECT_TRUE(keeps("X-Connection", "close"));
}

TEST(Plan, TakesTheBoundsThemselves) {
  EXPECT_EQ(complaint([](Plan& plan) {
              plan.connections = kMostConnections;
              plan.rate = kMostPerSecond;
            }),
            "");
}

TEST(Plan, RefusesWhatIsNoRequest) {
  EXPECT_EQ(complaint([](Plan& plan) { plan.url = "https://shop/"; }),
            "load: url must be http://HOST[:PORT]/PATH, got \"https://shop/\"");
  EXPECT_NE(complaint([](Plan& plan) { plan.url = ""; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.url = "http://"; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.url += "\r\nX: y"; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.method = "GET /"; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.headers = {{"X", "a\r\nY: b"}}; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.headers = {{"X Y", "a"}}; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.targets = {{plan.url, "GET", "", 0}}; }), "");
  EXPECT_NE(complaint([](Plan& plan) { plan.expected = StatusSet::none(); }), "");
}

TEST(Plan, ExpectsTwoAndThreeHundredsUnlessToldOtherwise) {
  const StatusSet usual;
  EXPECT_TRUE(usual.contains(200));
  EXPECT_TRUE(usual.contains(399));
  EXPECT_FALSE(usual.contains(400));
  EXPECT_FALSE(usual.contains(199));
  const StatusSet conflict = StatusSet::none().allow(409);
  EXPECT_TRUE(conflict.contains(409));
  EXPECT_FALSE(conflict.contains(200));
  EXPECT_FALSE(conflict.contains(0));
  EXPECT_FALSE(conflict.contains(999));
}

}  // namespace
}  // namespace zdt::load
