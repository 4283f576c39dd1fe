// Which node a pod gets, among four like Kind's.
#include "rehearsal/controllers/scheduler_choice.h"

#include "base/yaml.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kNodes = R"(
- metadata: {name: control-plane, labels: {kubernetes.io/hostname: control-plane}}
  spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}
- metadata: {name: w1, labels: {kubernetes.io/hostname: w1, tier: ondemand, zone: a, size: "4"}}
- metadata: {name: w2, labels: {kubernetes.io/hostname: w2, tier: ondemand, zone: a, size: "8"}}
- metadata: {name: w3, labels: {kubernetes.io/hostname: w3, tier: spot, zone: b}}
)";

json node_from(json node) {
  node["status"] = {{"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})},
                    {"allocatable", {{"cpu", "2"}, {"memory", "4Gi"}, {"pods", "3"}}}};
  return node;
}

json labelled(const std::string& name, json spec, json labels = {{"app", "web"}}) {
  json object = pod(name, labels);
  object["spec"].update(spec, true);
  return object;
}

/// spec  of the pod to be placed, whose label is app=web.   change  of the nodes or pods that are there.
struct Placement {
  const char* why;
  const char* spec;
  const char* expected;  ///< the node, or the end of the sentence
  std::function<void(Store&)> change;
};

void put(Store& store, const std::string& node, const std::string& name, json spec = json::object(),
         json labels = {{"app", "web"}}) {
  spec["nodeName"] = node;
  store.create("pods", labelled(name, std::move(spec), std::move(labels))).value();
}

void change_node(Store& store, const char* name, const std::function<void(json&)>& change) {
  store.modify("nodes", "", name, change).value();
}

Choice choose(const char* spec, const std::function<void(Store&)>& change) {
  Store store;
  for (const json& node : parse_yaml(kNodes, "nodes").value()) store.create("nodes", node_from(node)).value();
  store.create("namespaces", {{"metadata", {{"name", "default"}, {"labels", {{"team", "x"}}}}}}).value();
  if (change) change(store);
  json wanted = labelled("new", parse_yaml(spec, "spec").value());
  wanted["spec"].erase("nodeName");
  return choose_node(wanted, take_snapshot(store));
}

void check(const std::vector<Placement>& table) {
  for (const Placement& row : table) {
    const Choice choice = choose(row.spec, row.change);
    EXPECT_EQ(choice.node.empty() ? choice.why : choice.node, row.expected) << row.why;
  }
}

const std::function<void(Store&)> kNothing;

TEST(Scheduling, NodesAreLeftOutForAReason) {
  const auto one_web_each = [](Store& store) {
    for (const char* node : {"w1", "w2", "w3"}) put(store, node, std::string("on-") + node);
  };
  check({
      {"an untolerated taint and a selector", "{nodeSelector: {tier: none}}",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "3 node(s) didn't match Pod's node affinity/selector.",
       kNothing},
      {"a toleration opens the control plane",
       "{nodeSelector: {kubernetes.io/hostname: control-plane}, tolerations: [{operator: Exists}]}",
       "control-plane", kNothing},
      {"a toleration of another effect does not",
       "{nodeSelector: {kubernetes.io/hostname: control-plane}, "
       "tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoExecute}]}",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "3 node(s) didn't match Pod's node affinity/selector.",
       kNothing},
      {"required affinity by In and Gt",
       R"({affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
        {matchExpressions: [{key: tier, operator: In, values: [ondemand]}, {key: size, operator: Gt, values: ["5"]}]}]}}}})",
       "w2", kNothing},
      {"required affinity by name",
       R"({affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
        {matchFields: [{key: metadata.name, operator: In, values: [w3]}]}]}}}})",
       "w3", kNothing},
      {"too large a request, counted for each node and resource",
       "{nodeSelector: {zone: a}, containers: [{name: app, resources: {requests: {cpu: 3, memory: 5Gi}}}]}",
       "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had "
       "untolerated "
       "taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu, 2 Insufficient memory.",
       kNothing},
      {"what others request is taken", "{containers: [{name: app, resources: {requests: {cpu: 1500m}}}]}",
       "w3",
       [](Store& store) {
         for (const char* node : {"w1", "w2"}) {
           json container = {{"name", "app"}, {"resources", {{"requests", {{"cpu", "600m"}}}}}};
           put(store, node, node, {{"containers", json::array({container})}});
         }
       }},
      {"required anti-affinity",
       R"({affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
        {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}})",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "3 node(s) didn't match pod anti-affinity rules.",
       one_web_each},
      {"the anti-affinity of a pod that is there", "{nodeSelector: {zone: b}}",
       "0/4 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules, 1 node(s) had "
       "untolerated "
       "taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node "
       "affinity/selector.",
       [](Store& store) {
         put(store, "w3", "alone",
             parse_yaml(R"({affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
           {topologyKey: zone, namespaceSelector: {matchLabels: {team: x}}, labelSelector: {}}]}}})",
                        "spec")
                 .value());
       }},
      {"required affinity goes where the other is",
       R"({affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
        {topologyKey: zone, labelSelector: {matchLabels: {app: db}}}]}}})",
       "w3",
       [](Store& store) {
         put(store, "w3", "db", json::object(), {{"app", "db"}});
       }},
      {"required affinity to nobody",
       R"({affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
        {topologyKey: zone, labelSelector: {matchLabels: {app: db}}}]}}})",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "3 node(s) didn't match pod affinity rules.",
       kNothing},
      {"the first of a group that wants to be together",
       R"({affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [
        {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]}}})",
       "w1", kNothing},
      {"a skew that would grow too large",
       R"({topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule,
        labelSelector: {matchLabels: {app: web}}}]})",
       "w3", [](Store& store) { put(store, "w1", "one"); }},
      {"a skew that nobody can mend",
       R"({topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule,
        labelSelector: {matchLabels: {app: web}}}]})",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints.",
       [](Store& store) {
         put(store, "w1", "one");
         change_node(store, "w3", [](json& node) { node["spec"]["unschedulable"] = true; });
       }},
      {"a full node", "{nodeSelector: {zone: b}}",
       "0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint "
       "{node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector.",
       [](Store& store) {
         for (const char* name : {"a", "b", "c"}) put(store, "w3", name);
       }},
      {"a node that is not ready", "{nodeSelector: {tier: spot}}",
       "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
       "1 node(s) "
       "were not ready, 2 node(s) didn't match Pod's node affinity/selector.",
       [](Store& store) {
         change_node(store, "w3", [](json& node) { node["status"]["conditions"][0]["status"] = "Unknown"; });
       }},
  });
}

TEST(Scheduling, OfTheNodesThatFitTheBestIsTaken) {
  const char* prefer_spot = R"({affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [
        {weight: 10, preference: {matchExpressions: [{key: tier, operator: In, values: [spot]}]}}]}}})";
  check({
      {"the first by name, when all are the same", "{}", "w1", kNothing},
      {"the one with the fewest pods", "{}", "w2",
       [](Store& store) {
         put(store, "w1", "one");
         put(store, "w3", "two");
       }},
      {"preferred affinity", prefer_spot, "w3", kNothing},
      {"PreferNoSchedule outweighs it", prefer_spot, "w1",
       [](Store& store) {
         change_node(store, "w3", [](json& node) {
           node["spec"]["taints"] = json::array({{{"key", "spot"}, {"effect", "PreferNoSchedule"}}});
         });
       }},
      {"preferred anti-affinity",
       R"({affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm:
        {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}}]}}})",
       "w3", [](Store& store) { put(store, "w1", "one"); }},
      {"preferred affinity to a pod",
       R"({affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm:
        {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}}]}}})",
       "w2",
       [](Store& store) {
         put(store, "w2", "db", json::object(), {{"app", "db"}});
       }},
      {"ScheduleAnyway spreads, but does not forbid",
       R"({topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway,
        labelSelector: {matchLabels: {app: web}}}]})",
       "w3",
       [](Store& store) {
         put(store, "w1", "one");
         put(store, "w3", "o", json::object(), {{"app", "other"}});
       }},
      {"the most room", "{containers: [{name: app, resources: {requests: {cpu: 100m}}}]}", "w3",
       [](Store& store) {
         for (const char* node : {"w1", "w2"}) {
           json container = {{"name", "app"}, {"resources", {{"requests", {{"cpu", "500m"}}}}}};
           put(store, node, node, {{"containers", json::array({container})}});
         }
         put(store, "w3", "idle");
       }},
  });
}

TEST(Scheduling, ADeploymentIsSpreadOverTheNodesAndWaitsForRoom) {
  Cluster cluster(false);
  for (const char* name : {"w1", "w2", "w3"}) cluster.add_node(name, json::object(), {{"pods", "2"}});
  cluster.create("deployments.apps", deployment("web", 7));
  cluster.finish();
  std::map<std::string, int> count;
  for (const ObjectPtr& each : cluster.pods()) ++count[string_at(*each, {"spec", "nodeName"})];
  EXPECT_EQ(count, (std::map<std::string, int>{{"", 1}, {"w1", 2}, {"w2", 2}, {"w3", 2}}));
  for (const ObjectPtr& each : cluster.pods()) {
    if (string_at(*each, {"spec", "nodeName"}) != "w2") continue;
    cluster.store.remove("pods", "default", key_of(*each).name).value();
    break;
  }
  cluster.finish();
  EXPECT_EQ(cluster.ready_pods(), 6);
}

TEST(Scheduling, ScalingDownTakesPodsOfTheFullestNodesFirst) {
  Cluster cluster(false);
  for (const char* name : {"w1", "w2", "w3"}) cluster.add_node(name);
  cluster.create("deployments.apps", deployment("web", 5));
  cluster.finish();
  cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 3; });
  cluster.finish();
  std::map<std::string, int> count;
  for (const ObjectPtr& each : cluster.active_pods()) ++count[string_at(*each, {"spec", "nodeName"})];
  EXPECT_EQ(count["w3"], 1) << "the one that was alone there";
}

TEST(Scheduling, RequestsCountSidecarsAndTheLargestStart) {
  const json spec = parse_yaml(R"(
initContainers:
- {name: first, resources: {requests: {cpu: 300m, memory: 1Gi}}}
- {name: side, restartPolicy: Always, resources: {requests: {cpu: 50m}}}
- {name: second, resources: {requests: {cpu: 200m}}}
containers:
- {name: a, resources: {requests: {cpu: 100m, memory: 64Mi}}}
- {name: b, resources: {requests: {cpu: 25m}}}
overhead: {cpu: 10m}
)",
                               "spec")
                        .value();
  const Amounts amounts = requests_of({{"spec", spec}});
  EXPECT_NEAR(amounts.at("cpu"), 0.31, 1e-9) << "the first init container, and the overhead";
  EXPECT_EQ(amounts.at("memory"), 1024.0 * 1024 * 1024);
  EXPECT_EQ(amounts.at("pods"), 1);
}

struct TaintTest : testing::Test {
  void SetUp() override {
    json plain = pod("plain", {{"app", "a"}}), patient = pod("patient", {{"app", "b"}}),
         guest = pod("guest", {{"app", "c"}});
    patient["spec"]["tolerations"] = parse_yaml(
                                         "[{key: spot, operator: Exists, tolerationSeconds: 60}, "
                                         "{operator: Exists, tolerationSeconds: 90}]",
                                         "t")
                                         .value();
    guest["spec"]["tolerations"] = parse_yaml("[{key: spot, operator: Equal, value: 'yes'}]", "t").value();
    for (json* each : {&plain, &patient, &guest}) cluster.create("pods", *each);
    cluster.settle();
  }
  void taint(json taints) {
    cluster.store.modify("nodes", "", "node", [&](json& node) { node["spec"]["taints"] = taints; }).value();
    cluster.settle();
  }
  bool stays(const char* name) const { return !is_deleting(cluster.get("pods", name)); }
  json node() const { return *cluster.store.find("nodes", "", "node"); }
  Cluster cluster;
};

TEST_F(TaintTest, NoExecuteEvictsWhoDoesNotTolerateItAndLaterThoseWhoDoForAWhile) {
  taint(parse_yaml("[{key: spot, value: 'yes', effect: NoExecute}]", "t").value());
  EXPECT_FALSE(stays("plain"));
  EXPECT_TRUE(stays("patient"));
  EXPECT_TRUE(stays("guest"));
  EXPECT_EQ(string_at(condition_of(cluster.get("pods", "plain"), "DisruptionTarget"), {"reason"}),
            "DeletionByTaintManager");
  cluster.pass_time(milliseconds(59'000));
  cluster.settle();
  EXPECT_TRUE(stays("patient"));
  cluster.pass_time(milliseconds(1'000));
  cluster.settle();
  EXPECT_FALSE(stays("patient"));
  EXPECT_TRUE(stays("guest"));
}

TEST_F(TaintTest, ATaintThatGoesInTimeEvictsNobody) {
  taint(parse_yaml("[{key: spot, value: 'yes', effect: NoExecute}]", "t").value());
  taint(json::array());
  cluster.pass_time(milliseconds(100'000));
  cluster.settle();
  EXPECT_TRUE(stays("patient"));
}

TEST_F(TaintTest, ACordonIsATaintToo) {
  cluster.store.modify("nodes", "", "node", [](json& node) { node["spec"]["unschedulable"] = true; }).value();
  cluster.settle();
  EXPECT_EQ(node()["spec"]["taints"][0]["key"], "node.kubernetes.io/unschedulable");
  EXPECT_TRUE(stays("plain"));
  cluster.store.modify("nodes", "", "node", [](json& node) { node["spec"].erase("unschedulable"); }).value();
  cluster.settle();
  EXPECT_FALSE(node()["spec"].contains("taints"));
}

}  // namespace
}  // namespace zdt::rehearsal
