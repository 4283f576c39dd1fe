// What Services, Endpoints and EndpointSlices may say.
#include <gtest/gtest.h>

#include "rehearsal/api/allocations.h"
#include "rehearsal/api/check/addresses.h"
#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

using testing::causes;

constexpr const char* kNoAddress = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

json service(const char* spec) { return {{"metadata", {{"name", "s"}}}, {"spec", json::parse(spec)}}; }

std::string of_service(const char* part) {
  json object = service(R"({"ports": [{"port": 80}]})");
  object["spec"].merge_patch(json::parse(part));
  return causes("services", object);
}

TEST(NetworkRules, ClusterAddressesAreAddresses) {
  for (const char* address : {"abc", "999.1.1.1", "1.2.3", "10.96.0.1; include", "010.1.1.1", "10.96.0.5\\u0000x"}) {
    const std::string said =
        of_service((R"({"type": "LoadBalancer", "clusterIP": ")" + std::string(address) + "\"}").c_str());
    EXPECT_NE(said.find(std::string("spec.clusterIPs[0]: Invalid value: ")), std::string::npos) << address << said;
    EXPECT_NE(said.find(kNoAddress), std::string::npos) << address;
  }
  EXPECT_EQ(of_service(R"({"clusterIP": "10.96.1.1"})"), "");
  EXPECT_EQ(of_service(R"({"clusterIP": "None"})"), "");
  EXPECT_EQ(of_service(R"({"clusterIP": "None", "type": "NodePort"})"),
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services");
  EXPECT_EQ(of_service(R"({"clusterIP": "10.96.1.1", "clusterIPs": ["10.96.1.2"]})"),
            "spec.clusterIPs: Invalid value: [\"10.96.1.2\"]: first value must match `clusterIP`");
}

TEST(NetworkRules, OtherAddressesAndRangesAreParsedToo) {
  EXPECT_EQ(of_service(R"({"externalIPs": ["127.0.0.1"], "externalTrafficPolicy": "Cluster"})"),
            "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)");
  EXPECT_EQ(of_service(R"({"externalIPs": ["host"]})"),
            std::string("spec.externalIPs[0]: Invalid value: \"host\": ") + kNoAddress);
  EXPECT_EQ(of_service(R"({"type": "LoadBalancer", "loadBalancerIP": "x"})"),
            std::string("spec.loadBalancerIP: Invalid value: \"x\": ") + kNoAddress);
  EXPECT_EQ(of_service(R"({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/33"]})"),
            "spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. "
            "10.9.8.0/24 or 2001:db8::/64)");
  EXPECT_EQ(of_service(R"({"type": "ExternalName", "externalName": "a b"})").find("spec.externalName: Invalid value"), 0U);
}

TEST(NetworkRules, PortsAreNumbersAndNames) {
  EXPECT_EQ(of_service(R"({"ports": [{"port": 70000}]})"),
            "[spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive, "
            "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive]");
  EXPECT_EQ(of_service(R"({"ports": [{"port": 80, "targetPort": "a b"}]})"),
            "spec.ports[0].targetPort: Invalid value: \"a b\": must contain only alpha-numeric characters (a-z, 0-9), and "
            "hyphens (-)");
  EXPECT_EQ(of_service(R"({"ports": [{"port": 80, "nodePort": 30000}]})"),
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'");
  EXPECT_EQ(of_service(R"({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 70000})"),
            "spec.healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive");
  EXPECT_EQ(of_service(R"({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}})"),
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than "
            "86400");
}

TEST(NetworkRules, AZeroTargetPortIsThePort) {
  for (const char* target : {"0", "\"\""}) {
    json object = service((R"({"ports": [{"port": 80, "targetPort": )" + std::string(target) + "}]}").c_str());
    default_service(object);
    EXPECT_EQ(object["spec"]["ports"][0]["targetPort"], 80);
  }
}

TEST(NetworkRules, SlicesHaveAddressesOfTheirTypeAndPorts) {
  const auto slice = [](const char* part) {
    json object = json::parse(R"({"metadata": {"name": "e"}, "addressType": "IPv4", "endpoints": [{"addresses":
      ["10.0.0.1"]}], "ports": [{"port": 80}]})");
    object.merge_patch(json::parse(part));
    return causes("endpointslices.discovery.k8s.io", object);
  };
  EXPECT_EQ(slice("{}"), "");
  EXPECT_EQ(slice(R"({"ports": [{"port": 70000}]})"),
            "ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive");
  EXPECT_EQ(slice(R"({"addressType": "X25"})").find("addressType: Unsupported value: \"X25\""), 0U);
  EXPECT_EQ(slice(R"({"endpoints": [{"addresses": ["include \"/etc/shadow\""]}]})"),
            "endpoints[0].addresses[0]: Invalid value: \"include \\\"/etc/shadow\\\"\": must be a valid IPv4 address");
  EXPECT_EQ(slice(R"({"endpoints": [{"addresses": ["169.254.169.254"]}]})"),
            "endpoints[0].addresses[0]: Invalid value: \"169.254.169.254\": may not be in the link-local range "
            "(169.254.0.0/16, fe80::/10)");
  EXPECT_EQ(slice(R"({"endpoints": [{"addresses": ["fd00::1"]}]})"),
            "endpoints[0].addresses[0]: Invalid value: \"fd00::1\": must be a valid IPv4 address");
  EXPECT_EQ(slice(R"({"addressType": "IPv6", "endpoints": [{"addresses": ["fd00::1"]}]})"), "");
  EXPECT_EQ(slice(R"({"endpoints": [{"addresses": []}]})"),
            "endpoints[0].addresses: Required value: must contain at least 1 address");
  EXPECT_EQ(slice(R"({"endpoints": [{"addresses": ["10.0.0.1"], "hostname": "a.b"}]})"),
            "endpoints[0].hostname: Invalid value: \"a.b\": must not contain dots");
}

TEST(NetworkRules, EndpointsLikewise) {
  const auto endpoints = [](const char* subset) {
    return causes("endpoints", {{"metadata", {{"name", "e"}}}, {"subsets", json::array({json::parse(subset)})}});
  };
  EXPECT_EQ(endpoints(R"({"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 1}]})"), "");
  EXPECT_EQ(endpoints(R"({"addresses": [{"ip": "0.0.0.0"}]})"),
            "subsets[0].addresses[0].ip: Invalid value: \"0.0.0.0\": may not be unspecified (0.0.0.0)");
  EXPECT_EQ(endpoints(R"({"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 0}]})"),
            "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive");
}

TEST(NetworkRules, AddressesAndNodePortsAreInTheirRangeAndFree) {
  Store store;
  json first = service(R"({"type": "NodePort", "clusterIP": "10.96.3.3", "clusterIPs": ["10.96.3.3"],
    "ports": [{"port": 80, "nodePort": 30080}]})");
  first["metadata"]["namespace"] = "a";
  ASSERT_TRUE(store.create("services", first));
  const ResourceType type = testing::type_of("services");
  const auto said = [&](const char* spec) -> std::string {
    try {
      check_allocations(store, type, service(spec), nullptr);
      return "";
    } catch (const Failure& failure) {
      return failure.what();
    }
  };
  EXPECT_EQ(said(R"({"clusterIPs": ["10.96.3.4"], "ports": [{"nodePort": 30081}]})"), "");
  EXPECT_NE(said(R"({"clusterIPs": ["10.96.3.3"]})").find("provided IP is already allocated"), std::string::npos);
  EXPECT_NE(said(R"({"clusterIPs": ["fd00::1"]})")
                .find("the provided IP (fd00::1) is not in the valid range. The range of valid IPs is 10.96.0.0/16"),
            std::string::npos);
  EXPECT_NE(said(R"({"ports": [{"nodePort": 80}]})")
                .find("spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of "
                      "valid ports is 30000-32767"),
            std::string::npos);
  EXPECT_NE(said(R"({"ports": [{"nodePort": 30080}]})").find("provided port is already allocated"), std::string::npos);
}

TEST(Addresses, AreWhatGoAndTheLibraryReadTheSame) {
  for (const char* good : {"10.0.0.1", "::1", "2001:db8::ffff"}) EXPECT_EQ(broken_address_rule(good), "") << good;
  for (const char* bad : {"", "10.0.0", "010.0.0.1", "10.0.0.1 ", "0x0a.0.0.1", "167772161", "::ffff:10.0.0.1", "fe80::1%eth0"})
    EXPECT_NE(broken_address_rule(bad), "") << bad;
  EXPECT_EQ(broken_network_rule("10.0.0.0/8"), "");
  for (const char* bad : {"10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0", "::/129", "x/8", "10.0.0.0/8/8"})
    EXPECT_NE(broken_network_rule(bad), "") << bad;
}

}  // namespace
}  // namespace zdt::rehearsal::api
