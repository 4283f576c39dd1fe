#include "rehearsal/api/pod_summary.h"

#include <gtest/gtest.h>

#include "rehearsal/api/human_time.h"
#include "rehearsal/api/table.h"

namespace zdt::rehearsal::api {
namespace {

const WallTime kNow = parse_time("2026-01-01T01:00:00Z").value();

/// status  of the pod as JSON text; the pod has one main container, one init container and one sidecar when
/// asked.
PodSummary summary(const std::string& status, const std::string& init = "[]",
                   const std::string& metadata = "{}") {
  const json pod = json::parse(R"({"metadata": )" + metadata +
                               R"(, "spec": {"containers": [{"name": "app"}], "initContainers": )" + init +
                               R"(}, "status": )" + status + "}");
  return summarise(pod, kNow);
}

constexpr const char* kSidecar = R"([{"name": "envoy", "restartPolicy": "Always"}])";
constexpr const char* kInit = R"([{"name": "one"}, {"name": "two"}])";

TEST(PodSummary, ARunningPodIsReady) {
  const auto s = summary(
      R"({"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {}}}]})");
  EXPECT_EQ(s.ready, 1);
  EXPECT_EQ(s.total, 1);
  EXPECT_EQ(s.status, "Running");
  EXPECT_EQ(s.restarts, "0");
}

TEST(PodSummary, WaitingReasonsAndEndsAreTheStatus) {
  auto with_state = [](const std::string& state) {
    return summary(R"({"phase": "Running", "containerStatuses": [{"name": "app", "state": )" + state + "}]}")
        .status;
  };
  EXPECT_EQ(with_state(R"({"waiting": {"reason": "CrashLoopBackOff"}})"), "CrashLoopBackOff");
  EXPECT_EQ(with_state(R"({"waiting": {"reason": "ContainerCreating"}})"), "ContainerCreating");
  EXPECT_EQ(with_state(R"({"terminated": {"exitCode": 0, "reason": "Completed"}})"), "Completed");
  EXPECT_EQ(with_state(R"({"terminated": {"exitCode": 3}})"), "ExitCode:3");
  EXPECT_EQ(with_state(R"({"terminated": {"exitCode": 137, "signal": 9}})"), "Signal:9");
}

TEST(PodSummary, InitContainersAreCounted) {
  const std::string waiting =
      R"([{"name": "one", "state": {"terminated": {"exitCode": 0}}}, {"name": "two", "state": {"running": {}}}])";
  EXPECT_EQ(summary(R"({"phase": "Pending", "initContainerStatuses": )" + waiting + "}", kInit).status,
            "Init:1/2");
  const std::string failed =
      R"([{"name": "one", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}])";
  EXPECT_EQ(summary(R"({"phase": "Pending", "initContainerStatuses": )" + failed + "}", kInit).status,
            "Init:Error");
  const std::string backoff = R"([{"name": "one", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}])";
  EXPECT_EQ(summary(R"({"phase": "Pending", "initContainerStatuses": )" + backoff + "}", kInit).status,
            "Init:CrashLoopBackOff");
}

TEST(PodSummary, PodInitializingShowsOnceTheInitContainersAreDone) {
  const std::string done = R"([{"name": "one", "state": {"terminated": {"exitCode": 0}}}])";
  EXPECT_EQ(
      summary(
          R"({"phase": "Pending", "initContainerStatuses": )" + done +
              R"(, "containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "PodInitializing"}}}]})",
          R"([{"name": "one"}])")
          .status,
      "PodInitializing");
}

TEST(PodSummary, SidecarsCountInReady) {
  const std::string sidecar =
      R"([{"name": "envoy", "started": true, "ready": true, "restartCount": 1, "state": {"running": {}}}])";
  const auto s = summary(
      R"({"phase": "Running", "initContainerStatuses": )" + sidecar +
          R"(, "containerStatuses": [{"name": "app", "ready": true, "restartCount": 2, "state": {"running": {}}}]})",
      kSidecar);
  EXPECT_EQ(s.ready, 2);
  EXPECT_EQ(s.total, 2);
  EXPECT_EQ(s.status, "Running");
  EXPECT_EQ(s.restarts, "3");
}

TEST(PodSummary, RestartsSayWhenTheLastOneWas) {
  const auto s =
      summary(R"({"phase": "Running", "containerStatuses": [{"name": "app", "restartCount": 2, "ready": true,
    "state": {"running": {}}, "lastState": {"terminated": {"finishedAt": "2026-01-01T00:59:55Z"}}}]})");
  EXPECT_EQ(s.restarts, "2 (5s ago)");
}

TEST(PodSummary, ADeletedPodIsTerminatingUnlessItHasEnded) {
  const std::string deleted = R"({"deletionTimestamp": "2026-01-01T00:00:00Z"})";
  EXPECT_EQ(summary(R"({"phase": "Running"})", "[]", deleted).status, "Terminating");
  EXPECT_EQ(summary(R"({"phase": "Succeeded"})", "[]", deleted).status, "Succeeded");
  EXPECT_EQ(summary(R"({"phase": "Failed", "reason": "Evicted"})").status, "Evicted");
}

TEST(HumanTime, IsWrittenLikeKubectl) {
  using std::chrono::seconds;
  const std::pair<int64_t, const char*> cases[] = {
      {-5, "<invalid>"},  {-1, "0s"},       {0, "0s"},          {119, "119s"},    {120, "2m"},
      {330, "5m30s"},     {600, "10m"},     {10799, "179m"},    {10800, "3h"},    {12600, "3h30m"},
      {28800, "8h"},      {172799, "47h"},  {172800, "2d"},     {187200, "2d4h"}, {691200, "8d"},
      {63071999, "729d"}, {63072000, "2y"}, {64800000, "2y20d"}};
  for (const auto& [age, text] : cases) EXPECT_EQ(human_duration(seconds(age)), text) << age;
  EXPECT_EQ(age_since("", kNow), "<unknown>");
  EXPECT_EQ(age_since("2026-01-01T00:59:00Z", kNow), "60s");
}

}  // namespace
}  // namespace zdt::rehearsal::api
