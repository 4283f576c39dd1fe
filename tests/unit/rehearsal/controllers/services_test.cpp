#include "rehearsal/controllers/services.h"

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json port_80() { return json::array({{{"port", 80}}}); }

std::string address_of(const Cluster& cluster, const std::string& name, const std::string& ns = "default") {
  return string_at(cluster.get("services", name, ns), {"spec", "clusterIP"});
}

TEST(ServiceAddresses, TheClusterBeginsWithKubernetesAndDns) {
  Cluster cluster;
  EXPECT_EQ(address_of(cluster, "kubernetes"), "10.96.0.1");
  EXPECT_EQ(address_of(cluster, "kube-dns", "kube-system"), "10.96.0.10");
}

TEST(ServiceAddresses, EveryServiceGetsItsOwnAddressAboveTheLowerBand) {
  Cluster cluster;
  cluster.create("services", service("a", {{"ports", port_80()}}));
  cluster.create("services", service("b", {{"ports", port_80()}}));
  cluster.settle();
  EXPECT_EQ(address_of(cluster, "a"), "10.96.1.0");
  EXPECT_EQ(address_of(cluster, "b"), "10.96.1.1");
  EXPECT_EQ(cluster.get("services", "a")["spec"]["clusterIPs"], json::array({"10.96.1.0"}));
}

TEST(ServiceAddresses, AGivenAddressIsKeptAndNotGivenAgain) {
  Cluster cluster;
  cluster.create("services", service("given", {{"clusterIP", "10.96.1.0"}, {"ports", port_80()}}));
  cluster.create("services", service("other", {{"ports", port_80()}}));
  cluster.settle();
  EXPECT_EQ(address_of(cluster, "given"), "10.96.1.0");
  EXPECT_EQ(address_of(cluster, "other"), "10.96.1.1");
}

TEST(ServiceAddresses, AnAddressThatTwoServicesGiveIsReported) {
  Cluster cluster;
  cluster.create("services", service("a", {{"clusterIP", "10.96.0.77"}, {"ports", port_80()}}));
  cluster.create("services", service("b", {{"clusterIP", "10.96.0.77"}, {"ports", port_80()}}));
  cluster.settle();
  const auto events = cluster.store.list("events", "default");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(string_at(*events.back(), {"reason"}), "ClusterIPAlreadyAllocated");
}

TEST(ServiceAddresses, HeadlessStaysHeadlessAndExternalNameGetsNone) {
  Cluster cluster;
  cluster.create("services", service("headless", {{"clusterIP", "None"}, {"ports", port_80()}}));
  cluster.create("services",
                 service("external", {{"type", "ExternalName"}, {"externalName", "example.org"}}));
  cluster.settle();
  EXPECT_EQ(address_of(cluster, "headless"), "None");
  EXPECT_EQ(address_of(cluster, "external"), "");
}

TEST(ServiceAddresses, NodePortsAreDifferentAndFromTheRange) {
  Cluster cluster;
  const json ports =
      json::array({{{"name", "a"}, {"port", 80}}, {{"name", "b"}, {"port", 81}, {"nodePort", 30000}}});
  cluster.create("services", service("web", {{"type", "NodePort"}, {"ports", ports}}));
  cluster.settle();
  const json written = cluster.get("services", "web")["spec"]["ports"];
  EXPECT_EQ(written[0]["nodePort"], 30001);
  EXPECT_EQ(written[1]["nodePort"], 30000);
}

TEST(ServiceAddresses, ARangeThatIsNoneIsRefused) {
  for (const char* text : {"", "10.96.0.0", "10.96.0.0/30", "ten/16", "10.96.0.0/x"}) {
    EXPECT_FALSE(AddressRange::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace zdt::rehearsal
