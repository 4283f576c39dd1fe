#include "rehearsal/node/status.h"

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "rehearsal/node/probes.h"
#include "rehearsal/node/restart_backoff.h"

namespace zdt::rehearsal {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow = WallTime(seconds(1'800'000'000));

json pod_of(const std::string& spec) {
  return {{"metadata", {{"name", "web"}}}, {"spec", parse_yaml(spec, "pod").value()}};
}

ContainerState waiting(const std::string& name, const std::string& reason = "ContainerCreating") {
  ContainerState state;
  state.name = name;
  state.reason = reason;
  return state;
}
ContainerState running(const std::string& name, bool ready = true, bool started = true) {
  ContainerState state = waiting(name);
  state.phase = ContainerState::Phase::kRunning;
  state.started_at = kNow;
  state.ready = ready;
  state.started = started;
  return state;
}
ContainerState ended(const std::string& name, int code) {
  ContainerState state = waiting(name);
  state.phase = ContainerState::Phase::kTerminated;
  state.current = Termination{code, 0, code == 0 ? "Completed" : "Error", "", "crun://x", kNow, kNow};
  return state;
}

json condition_of(const json& status, const std::string& type) {
  for (const json& condition : status["conditions"]) {
    if (condition["type"] == type) return condition;
  }
  return {};
}

TEST(PodStatus, IsPendingWhileASidecarHasNotStarted) {
  const json pod =
      pod_of("{initContainers: [{name: envoy, restartPolicy: Always}], containers: [{name: app}]}");
  PodState state;
  state.init = {running("envoy", false, false)};
  state.main = {waiting("app", "PodInitializing")};
  const json status = status_of(pod, state, kNow);
  EXPECT_EQ(status["phase"], "Pending");
  EXPECT_EQ(condition_of(status, "Initialized")["message"], "containers with incomplete status: [envoy]");
  EXPECT_EQ(condition_of(status, "Ready")["reason"], "ContainersNotReady");
}

TEST(PodStatus, IsReadyOnlyWhenTheSidecarsAreToo) {
  const json pod =
      pod_of("{initContainers: [{name: envoy, restartPolicy: Always}], containers: [{name: app}]}");
  PodState state;
  state.init = {running("envoy", false)};
  state.main = {running("app")};
  EXPECT_EQ(condition_of(status_of(pod, state, kNow), "Ready")["message"],
            "containers with unready status: [envoy]");
  state.init = {running("envoy")};
  EXPECT_EQ(condition_of(status_of(pod, state, kNow), "Ready")["status"], "True");
  EXPECT_EQ(phase_of(pod, state), "Running");
}

TEST(PodStatus, ARestartingSidecarDoesNotMakeAStartedPodPendingAgain) {
  const json pod =
      pod_of("{initContainers: [{name: envoy, restartPolicy: Always}], containers: [{name: app}]}");
  PodState state;
  state.init = {ended("envoy", 1)};
  state.main = {running("app")};
  EXPECT_EQ(phase_of(pod, state), "Running");
  EXPECT_EQ(condition_of(status_of(pod, state, kNow), "Initialized")["status"], "True");
}

TEST(PodStatus, TheTimeOfTransitionStaysWhileTheValueDoes) {
  json pod = pod_of("{containers: [{name: app}]}");
  PodState state;
  state.main = {running("app")};
  pod["status"] = status_of(pod, state, kNow);
  const json later = status_of(pod, state, kNow + minutes(5));
  EXPECT_EQ(later, pod["status"]);
  state.main = {running("app", false)};
  EXPECT_EQ(condition_of(status_of(pod, state, kNow + minutes(5)), "Ready")["lastTransitionTime"],
            format_time(kNow + minutes(5)));
}

TEST(PodStatus, TheRestartPolicyDecidesWhatAnEndMeans) {
  PodState state;
  state.main = {ended("app", 1)};
  EXPECT_EQ(phase_of(pod_of("{containers: [{name: app}]}"), state), "Running");
  EXPECT_EQ(phase_of(pod_of("{restartPolicy: OnFailure, containers: [{name: app}]}"), state), "Running");
  EXPECT_EQ(phase_of(pod_of("{restartPolicy: Never, containers: [{name: app}]}"), state), "Failed");
  state.main = {ended("app", 0)};
  EXPECT_EQ(phase_of(pod_of("{restartPolicy: OnFailure, containers: [{name: app}]}"), state), "Succeeded");
  state.ended = true;
  EXPECT_EQ(phase_of(pod_of("{containers: [{name: app}]}"), state), "Succeeded");
}

TEST(PodStatus, AFailedInitContainerFailsThePodThatNeverRestarts) {
  const json pod =
      pod_of("{restartPolicy: Never, initContainers: [{name: setup}], containers: [{name: app}]}");
  PodState state;
  state.init = {ended("setup", 1)};
  state.main = {waiting("app")};
  EXPECT_EQ(phase_of(pod, state), "Failed");
}

TEST(PodStatus, AReadinessGateHoldsReadyBack) {
  json pod = pod_of("{readinessGates: [{conditionType: gate}], containers: [{name: app}]}");
  PodState state;
  state.main = {running("app")};
  EXPECT_EQ(condition_of(status_of(pod, state, kNow), "Ready")["reason"], "ReadinessGatesNotReady");
  pod["status"]["conditions"] = json::array({{{"type", "gate"}, {"status", "True"}}});
  const json status = status_of(pod, state, kNow);
  EXPECT_EQ(condition_of(status, "Ready")["status"], "True");
  EXPECT_EQ(condition_of(status, "gate")["status"], "True") << "somebody else's condition is kept";
}

TEST(PodStatus, QosComesFromRequestsAndLimits) {
  EXPECT_EQ(qos_class(pod_of("{containers: [{name: app}]}")), "BestEffort");
  EXPECT_EQ(qos_class(pod_of("{containers: [{name: app, resources: {requests: {cpu: 50m}}}]}")), "Burstable");
  EXPECT_EQ(qos_class(pod_of("{containers: [{name: app, resources: {limits: {cpu: '1', memory: 64Mi}}}]}")),
            "Guaranteed");
}

TEST(RestartBackoff, DoublesFromTenSecondsToFiveMinutesAndForgetsAfterALongRun) {
  RestartBackoff backoff;
  std::vector<long> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(backoff.next(seconds(1)).count());
  EXPECT_EQ(waits, (std::vector<long>{0, 10, 20, 40, 80, 160, 300, 300}));
  EXPECT_EQ(backoff.next(minutes(11)).count(), 0);
  EXPECT_EQ(backoff.next(seconds(1)).count(), 10);
}

TEST(ProbeVerdict, NeedsAsManyInARowAsItsThreshold) {
  ProbeVerdict verdict(timing_of({{"failureThreshold", 2}, {"successThreshold", 2}}));
  EXPECT_EQ(verdict.add(false), std::nullopt);
  EXPECT_EQ(verdict.add(true), std::nullopt);
  EXPECT_EQ(verdict.add(true), true);
  EXPECT_EQ(verdict.add(false), std::nullopt);
  EXPECT_EQ(verdict.add(false), false);
  EXPECT_EQ(timing_of(json::object()).period.count(), 10);
  EXPECT_EQ(timing_of(json::object()).failure_threshold, 3);
}

TEST(ProbePort, IsANumberOrTheNameOfAPort) {
  const json container = {{"ports", json::array({{{"name", "http"}, {"containerPort", 8080}}})}};
  EXPECT_EQ(port_number(container, "http"), 8080);
  EXPECT_EQ(port_number(container, 9), 9);
  EXPECT_EQ(port_number(container, "none"), 0);
}

}  // namespace
}  // namespace zdt::rehearsal
