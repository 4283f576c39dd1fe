#include "kube/pod_record.h"

#include <gtest/gtest.h>

namespace zdt::kube {
namespace {

WallTime time_at(std::string_view text) { return *parse_time(text); }

json pod_with(json status, json metadata = json::object()) {
  metadata["name"] = "web-1";
  metadata["uid"] = "u1";
  metadata["creationTimestamp"] = "2026-01-01T00:00:00Z";
  json container{{"name", "app"}, {"image", "zdt/monolith:v0.1.0"}};
  container["lifecycle"]["preStop"]["exec"]["command"] = json::array({"true"});
  return {{"metadata", std::move(metadata)},
          {"spec", {{"containers", json::array({container})}}},
          {"status", std::move(status)}};
}

json running(std::string_view since, json last = json::object()) {
  json status{{"name", "app"}, {"state", {{"running", {{"startedAt", since}}}}}};
  if (!last.empty()) status["lastState"]["terminated"] = std::move(last);
  return {{"podIP", "10.0.0.1"}, {"containerStatuses", json::array({std::move(status)})}};
}

json ready_status(json status, bool ready, std::string_view since) {
  status["conditions"] =
      json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}, {"lastTransitionTime", since}}});
  return status;
}

TEST(PodRecord, TakesKubernetesTimesOnlyForWhatWasBeforeTheWatch) {
  const json pod = pod_with(ready_status(running("2026-01-01T00:00:02Z"), true, "2026-01-01T00:00:03Z"));
  PodRecord before, during;
  EXPECT_TRUE(note_pod(before, pod, time_at("2026-01-01T00:01:00Z"), true));
  EXPECT_EQ(before.process.back().at, time_at("2026-01-01T00:00:02Z"));
  EXPECT_EQ(before.ready.back().at, time_at("2026-01-01T00:00:03Z"));
  EXPECT_EQ(before.image_tag, "v0.1.0");
  EXPECT_TRUE(before.has_hook);
  EXPECT_EQ(before.addresses, std::vector<std::string>{"10.0.0.1"});
  EXPECT_TRUE(note_pod(during, pod, time_at("2026-01-01T00:00:03.4Z"), false));
  EXPECT_EQ(during.process.back().at, time_at("2026-01-01T00:00:03.4Z"));
  EXPECT_FALSE(note_pod(during, pod, time_at("2026-01-01T00:00:09Z"), false));
  EXPECT_EQ(during.process.size(), 1U);
}

TEST(PodRecord, SeesADeletionWhenItIsToldAndAnExitNotAfterItsSecond) {
  PodRecord record;
  note_pod(record, pod_with(running("2026-01-01T00:00:02Z")), time_at("2026-01-01T00:00:02.5Z"), false);
  json leaving{{"deletionTimestamp", "2026-01-01T00:00:40Z"}, {"deletionGracePeriodSeconds", 30}};
  json over{{"containerStatuses",
             json::array({{{"name", "app"},
                           {"state", {{"terminated", {{"finishedAt", "2026-01-01T00:00:12Z"}}}}}}})}};
  note_pod(record, pod_with(over, leaving), time_at("2026-01-01T00:00:15Z"), false);
  EXPECT_EQ(*record.deleted, time_at("2026-01-01T00:00:15Z"));
  EXPECT_EQ(record.process.back().at, time_at("2026-01-01T00:00:12.999Z"));
  EXPECT_FALSE(record.process.back().on);
  PodRecord late;
  note_pod(late, pod_with(over, leaving), time_at("2026-01-01T00:00:15Z"), true);
  EXPECT_EQ(*late.deleted, time_at("2026-01-01T00:00:10Z"));
}

TEST(PodRecord, NoticesARestartThatWasOverBeforeItWasSeen) {
  PodRecord record;
  note_pod(record, pod_with(running("2026-01-01T00:00:02Z")), time_at("2026-01-01T00:00:02.5Z"), false);
  const json anew = running("2026-01-01T00:00:09Z", {{"finishedAt", "2026-01-01T00:00:08Z"}});
  EXPECT_TRUE(note_pod(record, pod_with(anew), time_at("2026-01-01T00:00:09.1Z"), false));
  ASSERT_EQ(record.process.size(), 3U);
  EXPECT_EQ(record.process[1].at, time_at("2026-01-01T00:00:08.999Z"));
  EXPECT_FALSE(record.process[1].on);
}

TEST(PodRecord, ReadsSignalAndHookFromTheLog) {
  PodRecord record;
  const StopWords words;
  note_log_line(record, words,
                "2026-01-01T00:00:10.500000Z [Kubernetes PreStop] START: Drain Sequence initiated");
  note_log_line(record, words, "2026-01-01T00:00:14Z [Kubernetes PreStop] END: Drain Sequence finished");
  EXPECT_EQ(*record.hook_started, time_at("2026-01-01T00:00:10.5Z"));
  EXPECT_EQ(*record.hook_ended, time_at("2026-01-01T00:00:14Z"));
  EXPECT_FALSE(record.signalled);
  note_log_line(record, words,
                "2026-01-01T00:00:14.300Z 2026-01-01T00:00:14.250Z SIGTERM received, draining");
  EXPECT_EQ(*record.signalled, time_at("2026-01-01T00:00:14.25Z")) << "the program's own time is the earlier one";
  PodRecord own;
  note_log_line(own, {.signal = "caught SIGTERM", .hook_start = "", .hook_end = ""},
                "2026-01-01T00:00:20Z [warn] caught SIGTERM");
  EXPECT_TRUE(own.signalled);
  EXPECT_FALSE(own.hook_started);
}

TEST(PodRecord, PrefersTheContainerThatKubectlWouldTake) {
  json pod = pod_with(running("2026-01-01T00:00:02Z"));
  EXPECT_EQ(main_container_of(pod), "app");
  pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] = "web";
  EXPECT_EQ(main_container_of(pod), "web");
}

}  // namespace
}  // namespace zdt::kube
