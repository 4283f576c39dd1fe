// H1, H2, H4, M5, M6: no object, patch or scalar ends the server, or stops what belongs to others.
#include "base/text.h"
#include "host/files.h"
#include "security/attacked.h"

namespace zdt::security {
namespace {

class ObjectWall : public Wall {
 protected:
  static json service(const std::string& name, const json& spec) {
    json whole = {{"selector", {{"app", name}}}, {"ports", {{{"port", 80}}}}};
    whole.merge_patch(spec);
    return {{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", {{"name", name}}}, {"spec", whole}};
  }
  static json slice(const std::string& name, const json& addresses, const json& port, const std::string& of) {
    return {{"apiVersion", "discovery.k8s.io/v1"},
            {"kind", "EndpointSlice"},
            {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/service-name", of}}}}},
            {"addressType", "IPv4"},
            {"endpoints", {{{"addresses", addresses}, {"conditions", {{"ready", true}}}}}},
            {"ports", {{{"name", ""}, {"port", port}, {"protocol", "TCP"}}}}};
  }
  static std::string rules() {
    return run({"nsenter", "--net=" + network(), "nft", "list", "table", "ip", "zdt_services"}, {},
               milliseconds(10'000), 60'000'000)
        .out;
  }
  /// Whether the rules of a new Service come: of all Services together, so one bad one must not stop them.
  static void expect_others_served(const std::string& name) {
    create(kServices, service(name, json::object()));
    create(kSlices, slice(name + "-1", {"10.244.1.200"}, 8080, name));
    const std::string address = string_at(get(std::string(kServices) + "/" + name), {"spec", "clusterIP"});
    EXPECT_TRUE(until([&] { return rules().find(address) != std::string::npos; }))
        << "no rules for " << name << ": " << rules();
    remove(std::string(kServices) + "/" + name);
    remove(std::string(kSlices) + "/" + name + "-1");
  }
};

TEST_F(ObjectWall, AScalarOfHundredsOfThousandsOfDigitsIsOnlyLong) {
  for (const std::string& text :
       {std::string(400'000, '1'), "0x" + std::string(400'000, 'f'), "1." + std::string(400'000, '0'),
        std::string(400'000, '~'), "2020-01-01T00:00:00." + std::string(300'000, '0') + "Z",
        "-" + std::string(300'000, '1') + "e" + std::string(9, '9')}) {
    for (const char* type : {"application/yaml", "application/json"}) {
      raw::Request request{"POST", kReview, std::string("metadata:\n  name: ") + text + "\n", type};
      const Answer answer = raw_api(request);
      EXPECT_GE(answer.status, 200) << text.substr(0, 20);
      EXPECT_LT(answer.took, milliseconds(1000)) << text.substr(0, 20);
    }
  }
}

TEST_F(ObjectWall, ATimeOfHundredsOfThousandsOfDigitsIsOnlyWrong) {
  for (const std::string& time :
       {std::string(300'000, '1'), "2020-01-01T00:00:00." + std::string(300'000, '0') + "Z",
        std::string(300'000, ':')}) {
    const json event = {{"metadata", {{"name", "long"}}},
                        {"involvedObject", {{"kind", "Pod"}, {"name", "x"}, {"namespace", "default"}}},
                        {"lastTimestamp", time}};
    const Answer answer = api("POST", "/api/v1/namespaces/default/events", event);
    EXPECT_TRUE(answer.status == 400 || answer.status == 422 || answer.status == 201) << answer.status;
    EXPECT_LT(answer.took, milliseconds(1000));
    raw::Request table{"GET", "/api/v1/namespaces/default/events"};
    table.headers = {"Accept: application/json;as=Table;v=v1;g=meta.k8s.io"};
    EXPECT_EQ(raw_api(table).status, 200);
    remove("/api/v1/namespaces/default/events/long");
  }
}

TEST_F(ObjectWall, AnAddressThatIsNoneIsRefused) {
  for (const char* type : {"ClusterIP", "LoadBalancer", "NodePort"}) {
    for (const char* address : {"abc", "fd00::1", "999.1.1.1", "10.96.0.0/16", "10.96.1", "1.2.3.4",
                                "10.96.0.1\n", "", " ", "-1"}) {
      if (std::string(address).empty()) continue;
      refuse(kServices, service("wrong", {{"type", type}, {"clusterIP", address}}), 422, {"spec.clusterIP"});
      remove(std::string(kServices) + "/wrong");
    }
  }
  expect_others_served("after-addresses");
}

TEST_F(ObjectWall, OneServicesPortsAndAddressesStopNoOther) {
  create(kServices, service("target", json::object()));
  for (const json& port : json{70000, 0, -1, 65536, 4294967296LL + 80, "80", 1.5}) {
    const Answer answer = api("POST", kSlices, slice("wrong", {"10.244.1.5"}, port, "target"));
    EXPECT_TRUE(answer.status == 422 || answer.status == 400)
        << port << ": " << answer.status << " " << answer.body.substr(0, 300);
    remove(std::string(kSlices) + "/wrong");
  }
  expect_others_served("after-ports");
  remove(std::string(kServices) + "/target");
}

TEST_F(ObjectWall, AnAddressIsNoTextForTheFirewall) {
  host::TempDir folder("zdt-secret");
  const std::string secret = "line-" + random_suffix(12);
  ASSERT_TRUE(host::write_file(folder.path() / "file", secret + "\n", 0644));
  create(kServices, service("target", json::object()));
  const std::string include = "include \"" + (folder.path() / "file").string() + "\"";
  const std::vector<std::string> texts = {include,
                                          "10.244.1.5\n" + include + "\n",
                                          "10.244.1.5 ; flush ruleset",
                                          "10.244.1.5 }\n" + include,
                                          "localhost",
                                          "127.0.0.1",
                                          "10.244.1.5:80"};
  for (const std::string& address : texts) {
    const Answer answer = api("POST", kSlices, slice("wrong", {address}, 80, "target"));
    EXPECT_TRUE(answer.status == 422 || answer.status == 400) << address << ": " << answer.status;
    until([] { return false; }, milliseconds(50));
    remove(std::string(kSlices) + "/wrong");
    json endpoints = {{"metadata", {{"name", "target"}}},
                      {"subsets", {{{"addresses", {{{"ip", address}}}}, {"ports", {{{"port", 80}}}}}}}};
    const Answer old = api("POST", "/api/v1/namespaces/default/endpoints", endpoints);
    EXPECT_TRUE(old.status == 422 || old.status == 400 || old.status == 409) << address << ": " << old.status;
    for (const char* field : {"externalIPs", "loadBalancerSourceRanges", "clusterIPs"}) {
      const Answer fields =
          api("POST", kServices, service("wrong", {{"type", "LoadBalancer"}, {field, {address}}}));
      EXPECT_EQ(fields.status, 422) << field << " " << address;
      remove(std::string(kServices) + "/wrong");
    }
  }
  until([] { return false; }, milliseconds(1500));  // the delay after which rules are written
  EXPECT_EQ(server_log().find(secret), std::string::npos) << "the firewall's program was made to read a file";
  expect_others_served("after-texts");
  remove(std::string(kServices) + "/target");
}

TEST_F(ObjectWall, ACommandOfNumbersIsRefusedAndAPodCanAlwaysBeDeleted) {
  for (const json& command :
       {json{1}, json{nullptr}, json{{{"a", 1}}}, json{true}, json("sh"), json{{"a"}}}) {
    json wrong = pod("numbers", {"true"});
    wrong["spec"]["containers"][0]["command"] = command;
    refuse(kPods, wrong, 400, {"cannot be handled as a Pod", "json: cannot unmarshal"});
    if (api("GET", std::string(kPods) + "/numbers").status == 200) {
      api("DELETE", std::string(kPods) + "/numbers");
      EXPECT_TRUE(until([&] { return api("GET", std::string(kPods) + "/numbers").status == 404; }))
          << "a plain delete never ends";
    }
  }
}

TEST_F(ObjectWall, AWrongTypeAnywhereInAPodIsRefused) {
  const std::vector<std::pair<std::string, json>> wrong = {
      {"/spec/containers/0/args", {{1}}},
      {"/spec/containers/0/env", {{{"name", "A"}, {"value", 1}}}},
      {"/spec/containers/0/image", 5},
      {"/spec/containers/0/ports", {{{"containerPort", "80"}}}},
      {"/spec/containers/0/readinessProbe", {{"periodSeconds", "1"}}},
      {"/spec/containers/0/volumeMounts", "x"},
      {"/spec/terminationGracePeriodSeconds", "1"},
      {"/spec/hostAliases", {{"ip", 1}}},
      {"/spec/dnsConfig", {{"nameservers", {1}}}},
      {"/metadata/labels", {{"a", 1}}},
      {"/spec/nodeSelector", {"a"}},
      {"/spec/tolerations", "x"},
      {"/spec/securityContext", {{"supplementalGroups", {"a"}}}},
      {"/spec/containers/0/securityContext", {{"capabilities", {{"add", {1}}}}}},
      {"/spec/affinity", {1}},
      {"/spec/containers", json::object()},
      {"/spec/volumes", {{"name", 1}}}};
  for (const auto& [pointer, value] : wrong) {
    json object = pod("typed", {"true"});
    object[json::json_pointer(pointer)] = value;
    const Answer answer = api("POST", kPods, object);
    EXPECT_EQ(answer.status, 400) << pointer << ": " << answer.body.substr(0, 300);
    if (answer.status == 201) remove_pod("typed");
  }
}

TEST_F(ObjectWall, APatchThatCopiesWhatItCopiedIsRefused) {
  create(kMaps, {{"metadata", {{"name", "copied"}}}, {"data", {{"x", std::string(100, 'a')}}}});
  for (const size_t steps : {10u, 22u, 2000u}) {
    json patch = {{{"op", "add"}, {"path", "/x"}, {"value", {{"seed", std::string(100, 'a')}}}}};
    for (size_t i = 0; i < steps; ++i)
      patch.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/x/c" + std::to_string(i)}});
    const int64_t before = resident_kib();
    raw::Request request{"PATCH", std::string(kMaps) + "/copied", patch.dump(),
                         "application/json-patch+json"};
    const Answer answer = raw_api(request, milliseconds(10'000));
    if (steps > 20) {
      EXPECT_TRUE(answer.status == 413 || answer.status == 422 || answer.status == 400)
          << steps << ": " << answer.status;
    }
    EXPECT_LT(answer.took, milliseconds(1000)) << steps;
    EXPECT_LT(resident_kib() - before, 100'000) << steps;
  }
  json many = json::array();
  for (int i = 0; i < 10'001; ++i)
    many.push_back({{"op", "test"}, {"path", "/kind"}, {"value", "ConfigMap"}});
  raw::Request request{"PATCH", std::string(kMaps) + "/copied", many.dump(), "application/json-patch+json"};
  refused(raw_api(request), 413, {"The allowed maximum operations in a JSON patch is 10000, got 10001"});
  remove(std::string(kMaps) + "/copied");
}

TEST_F(ObjectWall, APointerOfAPatchIsOnlyAPointer) {
  create(kMaps, {{"metadata", {{"name", "pointed"}, {"annotations", {{"a", "b"}}}}}, {"data", {{"x", "y"}}}});
  for (const std::string& path :
       {std::string("/data/-"), std::string("~"), std::string("/~2"),
        std::string("/metadata/finalizers/18446744073709551616"), std::string("/metadata/finalizers/-1"),
        std::string("/metadata/finalizers/99999999999"), std::string(""), std::string("x"),
        std::string("/data//"), "/" + std::string(100'000, '/'), "/data/" + std::string(500'000, 'a')}) {
    for (const char* operation : {"add", "remove", "replace", "test", "move", "copy", "none"}) {
      json step = {{"op", operation}, {"path", path}, {"value", {{"deep", {1, 2}}}}, {"from", path}};
      const Answer answer = api("PATCH", std::string(kMaps) + "/pointed", json::array({step}));
      EXPECT_TRUE(answer.status >= 200 && answer.status < 500)
          << operation << " " << path.substr(0, 50) << ": " << answer.status;
      EXPECT_LT(answer.took, milliseconds(1000)) << operation << " " << path.substr(0, 50);
    }
  }
  remove(std::string(kMaps) + "/pointed");
}

TEST_F(ObjectWall, ABodyNestedWithoutEndIsRefused) {
  for (const auto& [open, close] : std::map<std::string, std::string>{{"[", "]"}, {"{\"a\":", "}"}}) {
    for (const size_t depth : {600u, 20'000u, 200'000u}) {
      std::string nested;
      for (size_t i = 0; i < depth; ++i) nested += open;
      nested += open == "[" ? "" : "1";
      for (size_t i = 0; i < depth; ++i) nested += close;
      for (const char* type : {"application/json", "application/yaml", "application/merge-patch+json",
                               "application/strategic-merge-patch+json", "application/json-patch+json",
                               "application/apply-patch+yaml"}) {
        const bool patch = std::string(type).find("patch") != std::string::npos;
        raw::Request request{patch ? "PATCH" : "POST",
                             patch ? std::string(kMaps) + "/nested?fieldManager=x" : kMaps, nested, type};
        const Answer answer = raw_api(request);
        EXPECT_TRUE(answer.status >= 400 && answer.status < 500)
            << type << " " << depth << ": " << answer.status << answer.body.substr(0, 200);
        EXPECT_LT(answer.took, milliseconds(1000)) << type << " " << depth;
      }
    }
  }
}

}  // namespace
}  // namespace zdt::security
