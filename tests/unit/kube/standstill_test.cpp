// Why pods do not get ready, and since when.
#include "kube/standstill.h"

#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

json waiting(const std::string& reason, const std::string& message = "", const char* list = "containerStatuses") {
  json pod = testing::pod("web", 1, "Pending");
  pod["metadata"]["namespace"] = "shop";
  pod["status"][list] = {{{"name", "app"}, {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}};
  return pod;
}

json unschedulable() {
  json pod = testing::pod("web", 1, "Pending");
  pod["metadata"]["namespace"] = "shop";
  pod["status"]["conditions"] = {{{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}, {"message", "0/4 nodes are available"}}};
  return pod;
}

TEST(TroubleOf, TellsWhatOnlyAPersonEndsFromWhatTimeHeals) {
  for (const char* reason : {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"}) {
    for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
      const auto trouble = trouble_of(waiting(reason, "why\nnot", list));
      ASSERT_TRUE(trouble) << reason;
      EXPECT_TRUE(trouble->lasts) << reason;
      EXPECT_EQ(trouble->cause, fmt::format("{}: why not", reason));
      EXPECT_EQ(trouble->pod, "shop/web");
    }
  }
  EXPECT_EQ(trouble_of(unschedulable())->cause, "Unschedulable: 0/4 nodes are available");
  EXPECT_TRUE(trouble_of(unschedulable())->lasts);
  EXPECT_FALSE(trouble_of(waiting("CrashLoopBackOff"))->lasts);
  EXPECT_FALSE(trouble_of(waiting("ContainerCreating"))->lasts);
  EXPECT_EQ(trouble_of(waiting("ErrImagePull"))->key, trouble_of(waiting("ImagePullBackOff"))->key) << "they take turns";
}

TEST(TroubleOf, APodThatIsReadyOverOrGoingHasNone) {
  json ready = waiting("ImagePullBackOff"), over = ready, going = ready;
  ready["status"]["conditions"] = {{{"type", "Ready"}, {"status", "True"}}};
  over["status"]["phase"] = "Succeeded";
  going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  for (const json& pod : {ready, over, going}) EXPECT_FALSE(trouble_of(pod)) << pod;
}

TEST(RefusalOf, NamesWhyADefinitionWillNotBeEstablished) {
  const auto with = [](const char* type, const char* status) {
    return json{{"status", {{"conditions", {{{"type", type}, {"status", status}, {"reason", "ListKindConflict"}, {"message", "in use"}}}}}}};
  };
  EXPECT_EQ(refusal_of(with("NamesAccepted", "False")), "NamesAccepted is False (ListKindConflict): in use");
  EXPECT_EQ(refusal_of(with("NamesAccepted", "True")), "");
  EXPECT_EQ(refusal_of(with("Established", "False")), "") << "it may still come";
  EXPECT_NE(refusal_of(with("Terminating", "True")), "");
}

class PodTroublesTest : public testing::ApiWorld {
 protected:
  void pods(json items) { api->answer("GET /api/v1/namespaces/shop/pods", testing::list_of(1, std::move(items))); }
  PodTroubles troubles(milliseconds patience, PodTroubles::Chosen chosen = {}) {
    return {*client, Query{.kind = "pods", .ns = "shop"}, patience, std::move(chosen)};
  }
};

TEST_F(PodTroublesTest, ACauseLastsOnlyAfterThePatience) {
  pods({waiting("ErrImagePull", "no such image")});
  auto patient = troubles(std::chrono::hours(1)), none = troubles(milliseconds(0));
  EXPECT_EQ(wait(patient.look()).waiting, "pod shop/web: ErrImagePull: no such image");
  EXPECT_EQ(wait(patient.look()).lasting, "");
  const Standstill seen = wait(none.look());
  EXPECT_EQ(seen.lasting, "pod shop/web has not started for 0 ms: ErrImagePull: no such image");
  EXPECT_EQ(seen.hint, "kubectl describe pod web -n shop");
}

TEST_F(PodTroublesTest, OnlyTheChosenPodsCountAndACauseThatWentIsForgotten) {
  pods({waiting("ErrImagePull")});
  auto others = troubles(milliseconds(0), [](const json&) { return false; });
  EXPECT_EQ(wait(others.look()).waiting, "");
  auto brief = troubles(milliseconds(50));
  EXPECT_EQ(wait(brief.look()).lasting, "");
  pods(json::array());
  EXPECT_EQ(wait(brief.look()).waiting, "");
  wait(sleep_for(milliseconds(60)));
  pods({waiting("ImagePullBackOff")});
  EXPECT_EQ(wait(brief.look()).lasting, "") << "its time begins anew";
}

}  // namespace
}  // namespace zdt::kube
