#include "rehearsal/api/managed_fields.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal::api {
namespace {

const Shape kShape;

Manager manager(const std::string& name) { return {name, "", "apps/v1", "2026-01-01T00:00:00Z"}; }

json config(const std::string& spec) {
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", "web"}}},
          {"spec", json::parse(spec)}};
}

json apply(const json& live, const std::string& who, const std::string& spec, bool force = false) {
  return apply_configuration(live, config(spec), manager(who), force, kShape);
}

const json& fields_of(const json& object, const std::string& who) {
  for (const json& entry : object["metadata"]["managedFields"]) {
    if (entry["manager"] == who) return entry["fieldsV1"];
  }
  static const json kNone;
  return kNone;
}

TEST(FieldSet, IsWrittenAndReadAsFieldsV1) {
  const json object = config(R"({"replicas": 1, "template": {"spec": {"containers": [
    {"name": "a", "ports": [{"containerPort": 80}], "args": ["x"]}]}}, "selector": {"matchLabels": {"a": "b"}}})");
  FieldSet fields;
  for (const auto& [path, value] : leaves_of(object, kShape)) fields.insert(path);
  fields = owned_fields(fields);
  const json written = to_fields_v1(fields);
  EXPECT_EQ(written,
            json::parse(
                R"({"f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {"f:spec": {"f:containers": {
    "k:{\"name\":\"a\"}": {".": {}, "f:name": {}, "f:args": {}, "f:ports": {
      "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}})"));
  EXPECT_EQ(from_fields_v1(written), fields);
}

TEST(FieldSet, PathsAreWrittenAsConflictsNameThem) {
  EXPECT_EQ(dotted({"f:spec", "f:containers", "k:{\"name\":\"a\"}", "f:image"}),
            ".spec.containers[name=\"a\"].image");
  EXPECT_EQ(dotted({"f:metadata", "f:finalizers", "v:\"x\""}), ".metadata.finalizers[=\"x\"]");
}

TEST(Apply, RemovesWhatTheSameManagerLeavesOut) {
  const json first = apply(
      nullptr, "one",
      R"({"replicas": 1, "paused": true, "template": {"spec": {"containers": [{"name": "a"}, {"name": "b", "image": "i"}]}}})");
  const json second =
      apply(first, "one", R"({"replicas": 2, "template": {"spec": {"containers": [{"name": "a"}]}}})");
  EXPECT_EQ(second["spec"],
            json::parse(R"({"replicas": 2, "template": {"spec": {"containers": [{"name": "a"}]}}})"));
}

TEST(Apply, KeepsWhatSomebodyElseOwnsToo) {
  json object = apply(
      nullptr, "one",
      R"({"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "image": "i", "tty": true}]}}})");
  object = apply(object, "two", R"({"template": {"spec": {"containers": [{"name": "a", "image": "i"}]}}})");
  object = apply(object, "one", R"({"replicas": 1})");
  EXPECT_EQ(object["spec"]["template"]["spec"]["containers"],
            json::parse(R"([{"name": "a", "image": "i"}])"));
}

TEST(Apply, KeepsWhatNobodyApplied) {
  json object = apply(nullptr, "one", R"({"replicas": 1})");
  object["spec"]["progressDeadlineSeconds"] = 600;  // a default
  EXPECT_EQ(apply(object, "one", R"({"replicas": 1})")["spec"]["progressDeadlineSeconds"], 600);
}

TEST(Apply, AStructThatLeavesTakesItsDefaultsAlong) {
  json object = apply(nullptr, "one", R"({"replicas": 1, "strategy": {"rollingUpdate": {"maxSurge": 1}}})");
  object["spec"]["strategy"]["type"] = "RollingUpdate";  // a default
  EXPECT_EQ(apply(object, "one", R"({"replicas": 1})")["spec"], json::parse(R"({"replicas": 1})"));
}

TEST(Apply, AnnotationsOfControllersStayWhenTheManagersOwnGo) {
  json wanted = config("{}");
  wanted["metadata"]["annotations"] = {{"mine", "x"}};
  json object = apply_configuration(nullptr, wanted, manager("one"), false, kShape);
  object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3";
  const json after = apply_configuration(object, config("{}"), manager("one"), false, kShape);
  EXPECT_EQ(after["metadata"]["annotations"], json::parse(R"({"deployment.kubernetes.io/revision": "3"})"));
}

TEST(Apply, RefusesAnothersFieldUnlessForced) {
  const json object = apply(nullptr, "one", R"({"replicas": 1})");
  EXPECT_NO_THROW(apply(object, "two", R"({"replicas": 1})"));
  try {
    apply(object, "two", R"({"replicas": 2})");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "Apply failed with 1 conflict: conflict with \"one\": .spec.replicas");
    EXPECT_EQ(failure.status()["details"]["causes"][0]["reason"], "FieldManagerConflict");
  }
  const json forced = apply(object, "two", R"({"replicas": 2})", true);
  EXPECT_EQ(forced["spec"]["replicas"], 2);
  EXPECT_TRUE(fields_of(forced, "one").is_null());
}

TEST(Apply, TheSameConfigurationAgainChangesNothing) {
  json object = apply(nullptr, "one", R"({"replicas": 1})");
  object = apply(object, "two", R"({"paused": false})");
  Manager later = manager("one");
  later.time = "2027-01-01T00:00:00Z";
  EXPECT_EQ(apply_configuration(object, config(R"({"replicas": 1})"), later, false, kShape), object);
}

TEST(Apply, SetsAndMetadataMerge) {
  json live = config("{}");
  live["metadata"]["finalizers"] = {"a"};
  live["metadata"]["labels"] = {{"x", "1"}};
  json wanted = config("{}");
  wanted["metadata"]["finalizers"] = {"b"};
  wanted["metadata"]["labels"] = {{"y", "2"}};
  const json merged = apply_configuration(live, wanted, manager("one"), false, kShape);
  EXPECT_EQ(merged["metadata"]["finalizers"].size(), 2u);
  EXPECT_EQ(merged["metadata"]["labels"], json::parse(R"({"x": "1", "y": "2"})"));
}

TEST(Ownership, AWriterOwnsWhatItChangedAndOthersLoseIt) {
  json object = apply(nullptr, "one", R"({"replicas": 1, "paused": true})");
  json changed = object;
  changed["metadata"].erase("managedFields");
  changed["spec"]["replicas"] = 5;
  changed["spec"].erase("paused");
  const json after = with_ownership(object, changed, manager("kubectl-scale"), kShape);
  EXPECT_EQ(fields_of(after, "kubectl-scale"), json::parse(R"({"f:spec": {"f:replicas": {}}})"));
  EXPECT_TRUE(fields_of(after, "one").is_null());
  try {
    apply(after, "one", R"({"replicas": 1})");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(
        failure.what(),
        "Apply failed with 1 conflict: conflict with \"kubectl-scale\" using apps/v1: .spec.replicas");
  }
}

TEST(Ownership, NothingChangedIsNothingWritten) {
  const json object = apply(nullptr, "one", R"({"replicas": 1})");
  json same = object;
  same["metadata"].erase("managedFields");
  EXPECT_EQ(with_ownership(object, same, manager("two"), kShape), object);
}

}  // namespace
}  // namespace zdt::rehearsal::api
