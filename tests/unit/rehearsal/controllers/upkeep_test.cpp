// Namespaces, garbage, events: what keeps a cluster tidy.
#include "rehearsal/controllers/events.h"
#include "rehearsal/controllers/garbage_collector.h"
#include "rehearsal/controllers/namespaces.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json named(const std::string& kind, const std::string& name, const std::string& ns = "default") {
  return {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"namespace", ns}, {"name", name}}}};
}

void own(json& object, const json& owner) {
  object["metadata"]["ownerReferences"].push_back(controller_reference(owner, "v1", "ConfigMap"));
}

TEST(Namespaces, EveryNamespaceGetsItsServiceAccountAndTheRootCertificate) {
  ControllerOptions options;
  options.ca_certificate = "PEM";
  Cluster cluster(true, std::move(options));
  cluster.create("namespaces", {{"metadata", {{"name", "shop"}}}});
  cluster.settle();
  EXPECT_FALSE(cluster.get("serviceaccounts", "default", "shop").is_null());
  EXPECT_EQ(string_at(cluster.get("configmaps", "kube-root-ca.crt", "shop"), {"data", "ca.crt"}), "PEM");
  EXPECT_EQ(string_at(cluster.get("namespaces", "shop", ""), {"status", "phase"}), "Active");
  cluster.store.remove("configmaps", "shop", "kube-root-ca.crt").value();
  cluster.settle();
  EXPECT_FALSE(cluster.get("configmaps", "kube-root-ca.crt", "shop").is_null()) << "it comes back";
}

TEST(Namespaces, DeletionEmptiesItThenRemovesIt) {
  Cluster cluster;
  cluster.create("namespaces", {{"metadata", {{"name", "shop"}}}});
  cluster.create("configmaps", named("ConfigMap", "settings", "shop"));
  cluster.create("widgets.example.org", named("Widget", "custom", "shop"));
  json running = pod("web", {{"app", "web"}});
  running["metadata"]["namespace"] = "shop";
  cluster.create("pods", std::move(running));
  cluster.settle();
  request_deletion(cluster.store, "namespaces", "", "shop").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("configmaps", "settings", "shop").is_null());
  EXPECT_TRUE(cluster.get("widgets.example.org", "custom", "shop").is_null());
  EXPECT_TRUE(is_deleting(cluster.get("pods", "web", "shop"))) << "the pod has its grace period";
  EXPECT_EQ(string_at(cluster.get("namespaces", "shop", ""), {"status", "phase"}), "Terminating");
  cluster.store.remove("pods", "shop", "web").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("namespaces", "shop", "").is_null());
}

TEST(Namespaces, AnotherNamespaceLosesNothing) {
  Cluster cluster;
  cluster.create("namespaces", {{"metadata", {{"name", "shop"}}}});
  cluster.create("configmaps", named("ConfigMap", "settings"));
  cluster.settle();
  request_deletion(cluster.store, "namespaces", "", "shop").value();
  cluster.settle();
  EXPECT_FALSE(cluster.get("configmaps", "settings").is_null());
}

TEST(GarbageCollector, DependentsGoWithTheirLastOwner) {
  Cluster cluster;
  const ObjectPtr first = cluster.create("configmaps", named("ConfigMap", "first"));
  const ObjectPtr second = cluster.create("configmaps", named("ConfigMap", "second"));
  json dependent = named("Secret", "dependent");
  own(dependent, *first);
  own(dependent, *second);
  cluster.create("secrets", std::move(dependent));
  cluster.store.remove("configmaps", "default", "first").value();
  cluster.settle();
  EXPECT_EQ(array_at(cluster.get("secrets", "dependent"), {"metadata", "ownerReferences"}).size(), 1U);
  cluster.store.remove("configmaps", "default", "second").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("secrets", "dependent").is_null());
}

TEST(GarbageCollector, AnObjectWhoseOwnerNeverWasGoes) {
  Cluster cluster;
  json dependent = named("Secret", "dependent");
  own(dependent, {{"metadata", {{"name", "ghost"}, {"uid", "00000000"}}}});
  cluster.create("secrets", std::move(dependent));
  cluster.settle();
  EXPECT_TRUE(cluster.get("secrets", "dependent").is_null());
}

TEST(GarbageCollector, PodsOfAGoneOwnerHaveTheirGracePeriod) {
  Cluster cluster;
  const ObjectPtr owner = cluster.create("configmaps", named("ConfigMap", "owner"));
  json dependent = pod("web", json::object());
  own(dependent, *owner);
  cluster.create("pods", std::move(dependent));
  cluster.store.remove("configmaps", "default", "owner").value();
  cluster.settle();
  EXPECT_TRUE(is_deleting(cluster.get("pods", "web")));
}

TEST(GarbageCollector, TheOrphanFinalizerLetsDependentsStay) {
  Cluster cluster;
  json object = named("ConfigMap", "owner");
  object["metadata"]["finalizers"] = json::array({"orphan"});
  const ObjectPtr owner = cluster.create("configmaps", std::move(object));
  json dependent = named("Secret", "dependent");
  own(dependent, *owner);
  cluster.create("secrets", std::move(dependent));
  request_deletion(cluster.store, "configmaps", "default", "owner").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("configmaps", "owner").is_null());
  EXPECT_TRUE(controller_of(cluster.get("secrets", "dependent")).is_null());
}

TEST(GarbageCollector, TheForegroundFinalizerWaitsForDependents) {
  Cluster cluster;
  json object = named("ConfigMap", "owner");
  object["metadata"]["finalizers"] = json::array({"foregroundDeletion"});
  const ObjectPtr owner = cluster.create("configmaps", std::move(object));
  json dependent = pod("web", json::object());
  own(dependent, *owner);
  cluster.create("pods", std::move(dependent));
  request_deletion(cluster.store, "configmaps", "default", "owner").value();
  cluster.settle();
  EXPECT_FALSE(cluster.get("configmaps", "owner").is_null());
  cluster.store.remove("pods", "default", "web").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("configmaps", "owner").is_null());
}

TEST(Events, TheSameWordsAgainOnlyCountUp) {
  Cluster cluster;
  const json about = *cluster.create("pods", pod("web", json::object()));
  for (int i = 0; i < 3; ++i)
    record_event(cluster.store, about, "Normal", "Pulled", "image", "kubelet", cluster.now);
  const auto events = cluster.store.list("events", "default");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(int_at(*events.front(), {"count"}), 3);
  EXPECT_EQ(string_at(*events.front(), {"involvedObject", "name"}), "web");
}

TEST(Events, TheyGoAnHourAfterTheyWereLastSeen) {
  Cluster cluster;
  const json about = *cluster.create("pods", pod("web", json::object()));
  record_event(cluster.store, about, "Normal", "Pulled", "image", "kubelet", cluster.now);
  cluster.settle();
  cluster.pass_time(milliseconds(3'000'000));
  record_event(cluster.store, about, "Normal", "Pulled", "image", "kubelet", cluster.now);
  cluster.settle();
  cluster.pass_time(milliseconds(3'000'000));
  cluster.settle();
  EXPECT_EQ(cluster.store.list("events", "default").size(), 1U);
  cluster.pass_time(milliseconds(3'000'000));
  cluster.settle();
  EXPECT_TRUE(cluster.store.list("events", "default").empty());
}

TEST(Selectors, ExpressionsAndLabelsMustAllHold) {
  const json selector = {
      {"matchLabels", {{"app", "web"}}},
      {"matchExpressions", json::array({{{"key", "tier"}, {"operator", "In"}, {"values", {"a", "b"}}},
                                        {{"key", "old"}, {"operator", "DoesNotExist"}}})}};
  EXPECT_TRUE(selects(selector, {{"app", "web"}, {"tier", "a"}}));
  EXPECT_FALSE(selects(selector, {{"app", "web"}, {"tier", "c"}}));
  EXPECT_FALSE(selects(selector, {{"app", "web"}, {"tier", "a"}, {"old", "yes"}}));
  EXPECT_FALSE(selects(json::object(), {{"app", "web"}}));
}

}  // namespace
}  // namespace zdt::rehearsal
