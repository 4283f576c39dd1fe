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

}  // namespace
}  // namespace zdt::script
