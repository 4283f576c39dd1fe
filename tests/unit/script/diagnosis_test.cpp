// What a cluster says about a step that failed; the cluster is a fake that answers two lists.
#include "script/diagnosis.h"

#include "unit/kube/fake_api.h"

namespace zdt::script {
namespace {

using kube::testing::list_of;

class DiagnosisTest : public kube::testing::ApiWorld {
 protected:
  /// A warning about a pod; the time is the minute.
  static json warning(const std::string& pod, const std::string& uid, int minute, const std::string& message) {
    json object{{"kind", "Pod"}, {"name", pod}};
    if (!uid.empty()) object["uid"] = uid;
    return {{"type", "Warning"},
            {"reason", "Unhealthy"},
            {"message", message},
            {"lastTimestamp", fmt::format("2026-01-01T00:{:02}:00Z", minute)},
            {"involvedObject", object}};
  }
  void warn(json items) {
    const json list = list_of(1, std::move(items));
    api->answer("GET /api/v1/namespaces/demo/events", list);
    api->answer("GET /apis/events.k8s.io/v1/namespaces/demo/events", list);
  }
  /// The lines of the section called `title`.
  static json lines_of(const json& sections, const std::string& title) {
    for (const json& section : sections) {
      if (string_at(section, {"title"}) == title) return section["lines"];
    }
    return json::array();
  }
};

TEST_F(DiagnosisTest, TellsOfPodsThatAreNotWellAndOfNoOthers) {
  json well = kube::testing::pod("well", 1), broken = kube::testing::pod("broken", 2, "Pending");
  well["status"]["conditions"] = {{{"type", "Ready"}, {"status", "True"}}};
  broken["status"]["containerStatuses"] = {{{"name", "app"},
                                            {"restartCount", 3},
                                            {"state", {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}}}};
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(2, {well, broken}));
  warn(json::array());
  const json sections = wait(diagnosis_of(*client));
  ASSERT_EQ(sections.size(), 1U) << sections;
  EXPECT_EQ(lines_of(sections, "pod broken is Pending"), json({"app: waiting ImagePullBackOff no such image (restarts 3)"}));
}

TEST_F(DiagnosisTest, WarningsThatExplainNothingNowAreLeftOut) {
  json living = kube::testing::pod("web-2", 1);
  living["status"]["conditions"] = {{{"type", "Ready"}, {"status", "True"}}};
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(1, {living}));
  json node = warning("worker", "uid-worker", 4, "a node");
  node["involvedObject"]["kind"] = "Node";
  warn({warning("web-2", "uid-web-2", 3, "here"), warning("web-1", "uid-web-1", 1, "gone"),
        warning("web-2", "uid-web-2", 1, "Startup probe failed: refused"),
        warning("web-2", "uid-of-an-earlier-one", 2, "its namesake"), node, warning("web-9", "", 5, "nobody knows")});
  const json lines = lines_of(wait(diagnosis_of(*client)), "warnings");
  EXPECT_EQ(lines, json({"2026-01-01T00:03:00Z Unhealthy Pod/web-2: here", "2026-01-01T00:04:00Z Unhealthy Node/worker: a node",
                         "2026-01-01T00:05:00Z Unhealthy Pod/web-9: nobody knows"}));
}

// The ten newest warnings of the namespace, however old and of whatever workload, explain nothing.
TEST_F(DiagnosisTest, WarningsAreThoseSinceTheStepBeganAboutWhatItTouched) {
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(2, json::array()));
  const auto of = [](const std::string& kind, const std::string& name, int minute) {
    json event = warning(name, "", minute, "why");
    event["involvedObject"]["kind"] = kind;
    return event;
  };
  json recent = of("ReplicaSet", "web-6f", 31);  // as newer API servers tell it
  recent.erase("lastTimestamp");
  recent["eventTime"] = "2026-01-01T00:31:00.123456Z";
  warn({of("Deployment", "web", 5), of("Deployment", "web", 30), recent, of("Deployment", "webshop", 32), of("Deployment", "other", 33)});
  Touched touched{parse_time("2026-01-01T00:30:00.900Z").value(), {{"", "web"}}};
  EXPECT_EQ(lines_of(wait(diagnosis_of(*client, touched)), "warnings"),
            json({"2026-01-01T00:30:00Z Unhealthy Deployment/web: why", "2026-01-01T00:31:00.123456Z Unhealthy ReplicaSet/web-6f: why"}));
  touched.objects = {{"demo", ""}};
  EXPECT_EQ(lines_of(wait(diagnosis_of(*client, touched)), "warnings").size(), 4U) << "everything in the namespace, since then";
}

TEST_F(DiagnosisTest, LooksIntoTheNamespacesWhereTheStepWorked) {
  json here = kube::testing::pod("here", 1, "Pending"), there = kube::testing::pod("keda-operator", 2, "Pending");
  there["status"]["containerStatuses"] = {{{"name", "op"}, {"state", {{"waiting", {{"reason", "ImagePullBackOff"}}}}}}};
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(2, {here}));
  api->answer("GET /api/v1/namespaces/keda/pods", list_of(2, {there}));
  const json list = list_of(1, {warning("keda-operator", "uid-keda-operator", 1, "no network")});
  api->answer("GET /api/v1/namespaces/keda/events", list);
  api->answer("GET /apis/events.k8s.io/v1/namespaces/keda/events", list);
  warn(json::array());
  const json sections = wait(diagnosis_of(*client, {{}, {{"keda", ""}}}));
  EXPECT_FALSE(lines_of(sections, "pod keda-operator is Pending").empty()) << sections;
  EXPECT_TRUE(lines_of(sections, "pod here is Pending").empty()) << sections;
  EXPECT_EQ(lines_of(sections, "warnings").size(), 1U);
}

}  // namespace
}  // namespace zdt::script
