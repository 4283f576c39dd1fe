#include "rehearsal/controllers/service_rules.h"

#include "rehearsal/controllers/endpoints.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json endpoint(const std::string& address, bool ready, bool serving, bool terminating) {
  return {{"addresses", json::array({address})},
          {"conditions", {{"ready", ready}, {"serving", serving}, {"terminating", terminating}}}};
}

ObjectPtr slice(json endpoints, const std::string& protocol = "TCP") {
  return std::make_shared<json>(json{
      {"metadata", {{"namespace", "default"}, {"name", "web-x"}, {"labels", {{kServiceNameLabel, "web"}}}}},
      {"addressType", "IPv4"},
      {"ports", json::array({{{"name", "http"}, {"port", 8000}, {"protocol", protocol}}})},
      {"endpoints", std::move(endpoints)}});
}

ObjectPtr web(const std::string& protocol = "TCP", const std::string& address = "10.96.1.0") {
  const json ports = json::array({{{"name", "http"}, {"port", 80}, {"protocol", protocol}}});
  return std::make_shared<json>(service("web", {{"clusterIP", address}, {"ports", ports}}));
}

bool says(const std::string& rules, const std::string& line) {
  return rules.find("\nadd rule ip zdt_services " + line + "\n") != std::string::npos;
}

TEST(ServiceRules, NewConnectionsGoRoundTheReadyEndpoints) {
  const auto rules = ruleset(
      {web()},
      {slice({endpoint("10.244.0.3", true, true, false), endpoint("10.244.0.2", true, true, false)})});
  const std::string match = "services ip daddr 10.96.1.0 tcp dport 80 ";
  EXPECT_TRUE(says(rules, match + "numgen inc mod 2 0 dnat to 10.244.0.2:8000")) << rules;
  EXPECT_TRUE(says(rules, match + "dnat to 10.244.0.3:8000")) << rules;
  EXPECT_TRUE(says(rules, "postrouting ct status dnat ip saddr 10.244.0.2 ip daddr 10.244.0.2 masquerade"))
      << rules;
}

TEST(ServiceRules, TerminatingEndpointsAreLeftOutWhileOneIsReady) {
  const auto rules = ruleset(
      {web()},
      {slice({endpoint("10.244.0.2", true, true, false), endpoint("10.244.0.3", false, true, true)})});
  EXPECT_TRUE(says(rules, "services ip daddr 10.96.1.0 tcp dport 80 dnat to 10.244.0.2:8000"));
}

TEST(ServiceRules, WhenNoneIsReadyThoseStillServingWhileTerminatingTakeOver) {
  const auto rules = ruleset(
      {web()}, {slice({endpoint("10.244.0.2", false, true, true), endpoint("10.244.0.3", false, false, true),
                       endpoint("10.244.0.4", false, false, false)})});
  EXPECT_TRUE(says(rules, "services ip daddr 10.96.1.0 tcp dport 80 dnat to 10.244.0.2:8000"));
}

TEST(ServiceRules, WithoutEndpointsConnectionsAreReset) {
  EXPECT_TRUE(says(ruleset({web()}, {}),
                   "refuse ip daddr 10.96.1.0 tcp dport 80 meta l4proto tcp reject with tcp reset"));
  EXPECT_TRUE(says(ruleset({web("UDP")}, {}), "refuse ip daddr 10.96.1.0 udp dport 80 reject"));
}

TEST(ServiceRules, UdpPortsTakeUdpEndpoints) {
  const auto udp = slice({endpoint("10.244.0.2", true, true, false)}, "UDP");
  EXPECT_TRUE(
      says(ruleset({web("UDP")}, {udp}), "services ip daddr 10.96.1.0 udp dport 80 dnat to 10.244.0.2:8000"));
  EXPECT_TRUE(service_ports({web("TCP")}, {udp}).front().targets.empty());
}

TEST(ServiceRules, HeadlessServicesHaveNoRules) {
  EXPECT_TRUE(service_ports({web("TCP", "None")}, {}).empty());
}

TEST(ServiceRules, AServiceThatListensOnItsOwnAddressIsLeftToIt) {
  Cluster cluster;
  const auto rules = ruleset(cluster.store.list("services"), cluster.store.list(kEndpointSlices));
  EXPECT_EQ(rules.find("10.96.0.10"), std::string::npos) << rules;
}

TEST(ServiceRules, OneTransactionFlushesBeforeItAdds) {
  const auto rules = ruleset({web()}, {});
  EXPECT_LT(rules.rfind("flush chain"), rules.find("add rule"));
  EXPECT_EQ(rules.find("delete"), std::string::npos);
}

TEST(ServiceRules, ANodePortAnswersOnEveryNode) {
  json typed = *web();
  typed["spec"]["ports"][0]["nodePort"] = 30080;
  std::vector<ObjectPtr> nodes;
  for (const char* address : {"172.18.0.2", "172.18.0.3"}) {
    json internal = {{"type", "InternalIP"}, {"address", address}};
    nodes.push_back(std::make_shared<json>(json{{"status", {{"addresses", json::array({internal})}}}}));
  }
  const auto ports = service_ports({std::make_shared<json>(typed)},
                                   {slice({endpoint("10.244.0.2", true, true, false)})}, nodes);
  EXPECT_TRUE(says(ruleset(ports), "services ip daddr { 172.18.0.2, 172.18.0.3 } tcp dport 30080 dnat to 10.244.0.2:8000"))
      << ruleset(ports);
}

}  // namespace
}  // namespace zdt::rehearsal
