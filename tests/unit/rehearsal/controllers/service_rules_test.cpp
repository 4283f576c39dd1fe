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

TEST(ServiceRules, NewConnectionsDrawLotsAmongTheReadyEndpoints) {
  const auto rules = ruleset(
      {web()},
      {slice({endpoint("10.244.0.3", true, true, false), endpoint("10.244.0.2", true, true, false)})});
  const std::string match = "services ip daddr 10.96.1.0 tcp dport 80 ";
  EXPECT_TRUE(says(rules, match + "numgen random mod 2 0 dnat to 10.244.0.2:8000")) << rules;
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

TEST(ServiceRules, WhatIsNoAddressOrPortIsLeftOutAndTold) {
  json ports_of_none = *web();
  ports_of_none["spec"]["ports"] = json::array({{{"port", 70000}}, {{"port", -1}}, {{"port", "80"}}, 5, nullptr});
  const json odd_slice = *slice({endpoint("include \"/etc/passwd\"", true, true, false),
                                 endpoint("10.244.0.2\nflush ruleset", true, true, false), endpoint("fd00::1", true, true, false),
                                 {{"addresses", {5}}}, 7, endpoint("10.244.0.3", true, true, false)});
  std::vector<LeftOut> left_out;
  std::vector<ObjectPtr> services = {web("TCP", "abc"), web("TCP", "999.1.1.1"), web("TCP", "fd00::1"), web(),
                                     std::make_shared<json>(ports_of_none)};
  const auto ports = service_ports(services, {std::make_shared<json>(odd_slice)}, {}, &left_out);
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports.front().targets, (std::vector<Target>{{*Ipv4::parse("10.244.0.3"), 8000}}));
  const std::string rules = ruleset(ports);
  EXPECT_EQ(rules.find("include"), std::string::npos) << rules;
  EXPECT_EQ(rules.find("flush ruleset"), std::string::npos) << rules;
  EXPECT_GE(left_out.size(), 8U);
}

TEST(ServiceRules, AnEndpointPortThatIsNoneTakesItsPortAlongAndNothingElse) {
  json odd = *slice({endpoint("10.244.0.2", true, true, false)});
  odd["ports"][0]["port"] = 70000;
  std::vector<LeftOut> left_out;
  const auto ports = service_ports({web()}, {std::make_shared<json>(odd)}, {}, &left_out);
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_TRUE(ports.front().targets.empty());
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out.front().resource, kEndpointSlices);
}

}  // namespace
}  // namespace zdt::rehearsal
