#include "rehearsal/api/selector.h"

#include <gtest/gtest.h>

#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

bool label_match(const char* selector, const json& labels) {
  return LabelSelector::parse(selector).matches(labels);
}

TEST(LabelSelector, FollowsEqualityAndSets) {
  const json web = {{"app", "web"}, {"env", "prod"}};
  for (const char* yes : {"", "app=web", "app==web", "app!=db", "tier!=x", "env in (prod, dev)",
                          "env notin (dev)", "app", "!tier", "app=web,env in (prod),!tier", "app in (web)"}) {
    EXPECT_TRUE(label_match(yes, web)) << yes;
  }
  for (const char* no :
       {"app=db", "app!=web", "env notin (prod)", "!app", "tier", "env in (dev,test)", "app=web,tier"}) {
    EXPECT_FALSE(label_match(no, web)) << no;
  }
  EXPECT_TRUE(label_match("a.b/c-d_e=1", {{"a.b/c-d_e", "1"}}));
  EXPECT_FALSE(label_match("app=web", nullptr));
}

TEST(LabelSelector, RefusesWhatIsNoSelector) {
  for (const char* bad : {"a b", "=x", "a in b", "a in (b", "a like (b)", "a,,b", "a@b=c", "!"}) {
    EXPECT_THROW(LabelSelector::parse(bad), Failure) << bad;
  }
}

TEST(LabelSelector, ReadsItsJsonForm) {
  const json selector = json::parse(R"({"matchLabels": {"app": "web"}, "matchExpressions": [
    {"key": "env", "operator": "In", "values": ["a", "b"]}, {"key": "x", "operator": "DoesNotExist"}]})");
  EXPECT_TRUE(LabelSelector::from_json(selector).matches({{"app", "web"}, {"env", "b"}}));
  EXPECT_FALSE(LabelSelector::from_json(selector).matches({{"app", "web"}, {"env", "b"}, {"x", "1"}}));
  EXPECT_FALSE(LabelSelector::from_json(selector).matches({{"app", "web"}}));
}

TEST(FieldSelector, ComparesAnyPath) {
  const json pod = json::parse(
      R"({"metadata": {"name": "a"}, "status": {"phase": "Running"}, "spec": {"unschedulable": true}})");
  EXPECT_TRUE(FieldSelector::parse("metadata.name=a,status.phase!=Failed").matches(pod));
  EXPECT_TRUE(FieldSelector::parse("spec.nodeName=").matches(pod));
  EXPECT_TRUE(FieldSelector::parse("spec.unschedulable=true").matches(pod));
  EXPECT_FALSE(FieldSelector::parse("metadata.name==b").matches(pod));
  EXPECT_EQ(FieldSelector::parse("metadata.name=a").wanted("metadata.name"), "a");
  EXPECT_THROW(FieldSelector::parse("metadata.name"), Failure);
}

}  // namespace
}  // namespace zdt::rehearsal::api
