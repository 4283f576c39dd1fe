// Verdicts that were wrong once: small sets in the shapes of what people publish, each with what is right.
#include "audit/coverage.h"
#include "audit/fixes.h"
#include "unit/audit/audit_world.h"

namespace zdt::audit {
namespace {

using namespace testing;

/// A Deployment with all that a rule asks of its pods; what a test is about is added.
std::string deployment(const std::string& spec, const std::string& pod, const std::string& container) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  " + spec +
         "\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      terminationGracePeriodSeconds: 60\n" +
         (pod.empty() ? "" : "      " + pod + "\n") +
         "      containers:\n        - name: app\n          image: example/app:1\n"
         "          lifecycle: { preStop: { sleep: { seconds: 5 } } }\n"
         "          readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 }\n"
         "          livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 10, failureThreshold: 6 }\n          " +
         container + "\n---\n";
}

const std::string kPort = "ports: [{ containerPort: 80 }]";
const std::string kClaim =
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [MODE] }\n---\n";
const std::string kVolume = "volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]";

std::string claim(const std::string& mode) {
  std::string text = kClaim;
  return text.replace(text.find("MODE"), 4, mode);
}

Words of_rule(const std::vector<Finding>& findings, const std::string& rule) {
  Words found;
  for (const Finding& finding : findings) {
    if (finding.rule == rule) found.push_back(fmt::format("{} {}{}", word_of(finding.level), finding.object.text(), finding.fixable() ? " fix" : ""));
  }
  return found;
}

Words found(const std::string& yaml, const std::string& rule) { return of_rule(audit(input_of(yaml), {}), rule); }

/// Every set of this file, for the test at its end.
std::vector<std::string> every_set();

TEST(OneWriter, IsNeverRolledNorScaledByAFix) {
  for (const auto& [modes, rolling, replica] : std::vector<std::tuple<std::string, Words, Words>>{
           {"ReadWriteOnce", {"note Deployment/web"}, {"note Deployment/web"}},
           {"ReadWriteOncePod", {"note Deployment/web"}, {"note Deployment/web"}},
           {"ReadWriteMany", {"error Deployment/web fix"}, {"note Deployment/web fix"}}}) {
    const std::string set = claim(modes) + deployment("strategy: { type: Recreate }", kVolume, kPort);
    EXPECT_EQ(found(set, "max-unavailable"), rolling) << modes;
    EXPECT_EQ(found(set, "single-replica"), replica) << modes;
  }
  const std::string unknown = deployment("strategy: { type: Recreate }", kVolume, kPort);
  EXPECT_EQ(found(unknown, "max-unavailable"), Words{"note Deployment/web"}) << "a claim that is not in the set may have one writer";
  const Fixes fixes = make_fixes(input_of(claim("ReadWriteOnce") + deployment("strategy: { type: Recreate }", kVolume, kPort)), {}, Level::kNote);
  EXPECT_TRUE(fixes.patches.empty());
}

TEST(HostPort, IsNotPromisedToASecondPod) {
  const std::string spec = "strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }";
  EXPECT_EQ(found(deployment(spec, "nodeSelector: { a: b }", "ports: [{ containerPort: 80, hostPort: 80 }]"), "max-unavailable"),
            Words{"error Deployment/web"});
  EXPECT_EQ(found(deployment(spec, "hostNetwork: true", kPort), "max-unavailable"), Words{"error Deployment/web"});
  EXPECT_EQ(found(deployment(spec, "", kPort), "max-unavailable"), Words{"error Deployment/web fix"});
}

std::string bare_pod(const std::string& ports) {
  return "apiVersion: v1\nkind: Pod\nmetadata: { name: one, labels: { app: one } }\nspec:\n  containers:\n    - { name: app, image: \"example/app:1\", ports: [" + ports + "] }\n---\n";
}

TEST(ProbeFix, AsksTcpPortsOfRequestsAlone) {
  for (const auto& [ports, asked] : std::vector<std::pair<std::string, int64_t>>{
           {"{ containerPort: 5353, protocol: UDP }", 0},
           {"{ containerPort: 5353, protocol: UDP }, { containerPort: 8080 }", 8080},
           {"{ containerPort: 7, protocol: SCTP }", 0},
           {"{ name: metrics, containerPort: 9090 }, { name: http, containerPort: 80 }", 80},
           {"{ name: http-admin, containerPort: 9901 }, { name: promotions, containerPort: 81 }", 81}}) {
    const auto findings = audit(input_of(bare_pod(ports)), {});
    const auto probe = std::find_if(findings.begin(), findings.end(), [](const Finding& one) { return one.rule == "readiness-missing"; });
    ASSERT_NE(probe, findings.end()) << ports;
    EXPECT_EQ(probe->fixable(), asked != 0) << ports;
    if (!probe->fixable()) continue;
    EXPECT_EQ(int_at(probe->patch[0], {"value", "tcpSocket", "port"}), asked) << ports;
  }
}

const std::string kController =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: controller }\nspec:\n  strategy: { type: Recreate }\n  template:\n"
    "    metadata: { labels: { app: controller } }\n    spec:\n      containers: [{ name: c, image: \"example/c:1\", ports: [PORT] }]\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: { name: NAME }\nspec: { selector: { app: controller }, ports: [SERVICE] }\n---\n";

std::string controller(const std::string& port, const std::string& name, const std::string& service) {
  std::string text = kController;
  text.replace(text.find("PORT"), 4, port);
  text.replace(text.find("NAME"), 4, name);
  return text.replace(text.find("SERVICE"), 7, service);
}

TEST(MetricsService, MakesNoControllerServe) {
  for (const std::string& set : {controller("{ name: metrics, containerPort: 9090 }", "controller-metrics", "{ port: 9090, targetPort: metrics }"),
                                 controller("{ containerPort: 9001 }", "controller-metrics", "{ name: metrics, port: 9001, targetPort: 9001 }"),
                                 controller("{ containerPort: 9001 }", "controller-metrics", "{ port: 9001 }")})
    EXPECT_EQ(lines_of(audit(input_of(set), {})), Words{}) << set;
  EXPECT_NE(lines_of(audit(input_of(controller("{ containerPort: 80 }", "web", "{ port: 80 }")), {})), Words{});
}

TEST(Kinds, WithATemplateAreJudged) {
  for (const char* kind : {"ReplicaSet", "ReplicationController"}) {
    const std::string set = std::string("kind: ") + kind +
                            "\nmetadata: { name: a }\nspec: { replicas: 3, template: { spec: { containers: [{ name: c, ports: [{ containerPort: 1 }] }] } } }\n";
    EXPECT_EQ(found(set, "prestop-missing").size(), 1U) << kind;
  }
  EXPECT_EQ(coverage_of(input_of("kind: Job\nmetadata: { name: a }\n---\nkind: CustomResourceDefinition\nmetadata: { name: b }\n")).kinds_text(),
            "1 CustomResourceDefinition, 1 Job");
}

std::string stepwise(const std::string& kind, const std::string& unavailable) {
  return "kind: " + kind + "\napiVersion: apps/v1\nmetadata: { name: a }\nspec: { replicas: 3, updateStrategy: { rollingUpdate: { maxUnavailable: " + unavailable +
         " } }, template: { spec: { containers: [{ name: c, ports: [{ containerPort: 1 }] }] } } }\n---\n";
}

TEST(Stepwise, UpdatesThatTakeMoreThanOneAreFound) {
  EXPECT_EQ(found(stepwise("DaemonSet", "\"100%\""), "max-unavailable"), Words{"error DaemonSet/a fix"});
  EXPECT_EQ(found(stepwise("DaemonSet", "3"), "max-unavailable"), Words{"warning DaemonSet/a fix"});
  EXPECT_EQ(found(stepwise("DaemonSet", "1"), "max-unavailable"), Words{});
  EXPECT_EQ(found(stepwise("StatefulSet", "3"), "max-unavailable"), Words{"error StatefulSet/a fix"});
}

TEST(WorkloadRef, JudgesTheRolloutByTheDeploymentsPods) {
  const std::string rollout =
      "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: r }\nspec: { replicas: 4, workloadRef: { kind: Deployment, name: web }, "
      "strategy: { canary: { maxUnavailable: 4 } } }\n---\n";
  const std::string set = rollout + deployment("replicas: 0", "", kPort);
  EXPECT_EQ(found(set, "max-unavailable"), Words{"error Rollout/r fix"});
  EXPECT_EQ(coverage_of(input_of(rollout)).unread, Words{"Rollout/r  /spec/workloadRef: Deployment/web is not among what was read"});
}

std::string pods_of(const std::string& name, const std::string& kind = "Deployment") {
  return "apiVersion: apps/v1\nkind: " + kind + "\nmetadata: { name: " + name + " }\nspec: { replicas: 2, template: { metadata: { labels: { app: " + name +
         " } }, spec: { containers: [{ name: c }] } } }\n---\n";
}

std::string budget(const std::string& spec) {
  return "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: b }\nspec: { " + spec + " }\n---\n";
}

TEST(Budget, CountsAllPodsThatItsSelectorChooses) {
  const std::string both = "selector: { matchExpressions: [{ key: app, operator: In, values: [stable, canary] }] }";
  EXPECT_EQ(found(pods_of("stable") + pods_of("canary") + budget("minAvailable: 2, " + both), "pdb-blocks-drain"), Words{});
  EXPECT_EQ(found(pods_of("stable") + pods_of("canary") + budget("minAvailable: 4, " + both), "pdb-blocks-drain"),
            Words{"warning PodDisruptionBudget/b fix"});
  EXPECT_EQ(found(pods_of("agent", "DaemonSet") + budget("minAvailable: 1, selector: { matchLabels: { app: agent } }"), "pdb-blocks-drain"), Words{});
  EXPECT_EQ(found(pods_of("web") + budget("maxUnavailable: 1"), "pdb-useless"), Words{"warning PodDisruptionBudget/b"});
  EXPECT_EQ(found(pods_of("web") + budget("maxUnavailable: 1, selector: {}"), "pdb-useless"), Words{});
}

std::string variables(const std::string& list) { return deployment("replicas: 2", "", kPort + "\n          env: [" + list + "]"); }

TEST(GracefulStop, IsReadWithItsNegation) {
  for (const auto& [name, value, off] : std::vector<std::tuple<std::string, std::string, bool>>{
           {"DISABLE_GRACEFUL_SHUTDOWN", "false", false},
           {"DISABLE_GRACEFUL_SHUTDOWN", "true", true},
           {"GRACEFUL_SHUTDOWN_DISABLED", "1", true},
           {"NO_GRACEFUL_STOP", "0", false},
           {"GRACEFUL_SHUTDOWN", "off", true},
           {"GRACEFUL_TIMEOUT", "30", false}})
    EXPECT_EQ(found(variables("{ name: " + name + ", value: \"" + value + "\" }"), "graceful-stop-off").size(), off ? 1U : 0U) << name << value;
  for (const auto& [args, off] : std::vector<std::pair<std::string, bool>>{{"[--graceful-timeout, \"0\"]", true},
                                                                           {"[--graceful-timeout, \"30\"]", false},
                                                                           {"[--no-graceful-shutdown]", true},
                                                                           {"[--disable-graceful-shutdown=false]", false}})
    EXPECT_EQ(found(deployment("replicas: 2", "", kPort + "\n          args: " + args), "graceful-stop-off").size(), off ? 1U : 0U) << args;
}

TEST(Upstreams, AreCallsToOthersAndHaveNoFixThatOnlySilences) {
  const std::string map = "kind: ConfigMap\nmetadata: { name: limits }\ndata: { STOCK_TIMEOUT: 3s }\n---\n";
  const std::string urls = "kind: ConfigMap\nmetadata: { name: urls }\ndata: { STOCK_URL: \"http://stock\" }\n---\n";
  const std::string stock = "kind: Service\nmetadata: { name: stock }\nspec: { selector: { app: stock }, ports: [{ port: 3550 }] }\n---\n" + pods_of("stock");
  const auto from = [&](const std::string& name) { return kPort + "\n          envFrom: [{ configMapRef: { name: " + name + " } }]"; };
  const Words one{"warning Deployment/web"};
  EXPECT_EQ(found(variables("{ name: PUBLIC_URL, value: \"https://shop.example.com\" }, { name: BASE_URL, value: \"https://shop.example.com/api\" }"), "upstream-timeout"), Words{});
  EXPECT_EQ(found(variables("{ name: STOCK_URL, value: \"http://stock\" }"), "upstream-timeout"), one);
  EXPECT_EQ(found(map + deployment("replicas: 2", "", from("limits") + "\n          env: [{ name: STOCK_URL, value: \"http://stock\" }]"), "upstream-timeout"), Words{});
  EXPECT_EQ(found(urls + deployment("replicas: 2", "", from("urls")), "upstream-timeout"), one);
  EXPECT_EQ(found(stock + variables("{ name: STOCK_SERVICE_ADDR, value: \"stock:3550\" }"), "upstream-timeout"), one);
  EXPECT_EQ(found(stock + variables("{ name: STOCK_HOST, value: stock }"), "upstream-timeout"), one);
  EXPECT_EQ(found(variables("{ name: LISTEN_ADDR, value: \"0.0.0.0:80\" }, { name: REDIS_ADDR, value: \"redis:6379\" }"), "upstream-timeout"), Words{});
}

TEST(GracePeriod, HasOneVerdictForOneValue) {
  const std::string set = "kind: Deployment\nmetadata: { name: a }\nspec: { replicas: 2, template: { spec: { GRACE containers: [{ name: c, ports: [{ containerPort: 1 }] }] } } }\n";
  const auto with = [&](const std::string& grace) { std::string text = set; return text.replace(text.find("GRACE"), 5, grace); };
  EXPECT_EQ(found(with(""), "grace-period"), Words{});
  EXPECT_EQ(found(with("terminationGracePeriodSeconds: 30,"), "grace-period"), Words{});
  EXPECT_EQ(found(with(""), "grace-period-default"), Words{"note Deployment/a fix"});
  EXPECT_EQ(found(with("terminationGracePeriodSeconds: 15,"), "grace-period"), Words{"warning Deployment/a fix"});
}

std::string command(const std::string& words, const std::string& image = "example/app:1") {
  std::string text = deployment("replicas: 2", "", kPort + "\n          command: " + words);
  return text.replace(text.find("example/app:1"), 13, image);
}

TEST(CommandShell, IsFoundWhereItStaysAndFixedWhereExecCanStand) {
  for (const auto& [words, finds] : std::vector<std::pair<std::string, int>>{
           {R"(["bash", "-c", "/app/monolith"])", 0},
           {R"(["bash", "-c", "cd /app && ./server"])", 0},
           {R"(["busybox", "sh", "-c", "true; /app/server"])", 0},
           {R"(["bash", "-o", "pipefail", "-c", "migrate; server | tee /log"])", 1},
           {R"(["/bin/sh", "-e", "-c", "migrate; server"])", 1},
           {R"(["/usr/bin/env", "sh", "-c", "migrate; server"])", 1},
           {R"(["/sbin/tini", "--", "sh", "-c", "migrate; server"])", 1},
           {R"(["dumb-init", "sh", "-c", "migrate; server"])", 0},
           {R"(["sh", "-c", "echo 'do not exec it'; server"])", 1}})
    EXPECT_EQ(found(command(words), "command-shell").size(), static_cast<size_t>(finds)) << words;
  EXPECT_EQ(found(command(R"(["sh", "-c", "/app/server"])", "nginx:1.27-alpine"), "command-shell"), Words{});
  auto findings = audit(input_of(command(R"(["sh", "-c", "A=1 PORT=8080 ./server --now"])")), {});
  std::erase_if(findings, [](const Finding& one) { return one.rule != "command-shell"; });
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].patch[0]["value"], "A=1 PORT=8080 exec ./server --now");
  EXPECT_NE(findings[0].why.find("may be PID 1"), std::string::npos) << findings[0].why;
}

std::string two_containers(const std::string& first, const std::string& second) {
  return "kind: Deployment\napiVersion: apps/v1\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: x, image: \"" + first + "\" }, { name: y, image: \"" +
         second + "\" }] } } }\n---\n";
}

TEST(SidecarOrder, KnowsProxiesByTheirWholeName) {
  for (const auto& [first, second, finds] : std::vector<std::tuple<std::string, std::string, bool>>{
           {"docker.io/envoyproxy/ratelimit:1", "redis:7", false},
           {"example/envoy-rate-limiter:1", "example/cache:1", false},
           {"haproxy:3.0", "example/log-shipper:1", false},
           {"envoyproxy/envoy:v1.39.1", "example/log-shipper:1", false},
           {"cr.l5d.io/linkerd/proxy:stable-2.14.10", "example/app:1", true},
           {"registry.example.com:5000/mirror/linkerd/proxy@sha256:0", "example/app:1", true},
           {"gcr.io/cloud-sql-connectors/cloud-sql-proxy:2", "example/app:1", true}})
    EXPECT_EQ(found(two_containers(first, second), "sidecar-order").size(), finds ? 1U : 0U) << first;
}

std::string quota(const std::string& spec) { return "kind: ResourceQuota\nmetadata: { name: q }\nspec: { " + spec + " }\n---\n"; }

TEST(Quota, CountsThePodsOfItsScopesAndEveryResource) {
  const std::string burst = deployment("replicas: 2", "", kPort + "\n          resources: { requests: { cpu: 100m }, limits: { cpu: 200m, memory: 64Mi } }");
  for (const auto& [spec, finds] : std::vector<std::pair<std::string, bool>>{
           {"hard: { pods: \"2\" }", true},
           {"hard: { pods: \"1\" }, scopes: [BestEffort]", false},
           {"hard: { pods: \"1\" }, scopes: [NotBestEffort]", true},
           {"hard: { pods: \"1\" }, scopes: [Terminating]", false},
           {"hard: { pods: \"1\" }, scopeSelector: { matchExpressions: [{ scopeName: PriorityClass, operator: In, values: [high] }] }", false},
           {"hard: { cpu: 200m }", true},
           {"hard: { cpu: 300m }", false},
           {"hard: { requests.cpu: 200m }", true},
           {"hard: { limits.cpu: 500m }", true},
           {"hard: { memory: 128Mi }", true},
           {"hard: { services: \"1\" }", false}})
    EXPECT_EQ(found(burst + quota(spec), "max-surge").size(), finds ? 1U : 0U) << spec;
}

TEST(Overlay, TargetsOneObjectAlone) {
  const Input input = input_of(stepwise("DaemonSet", "3") + "---\nkind: DaemonSet\napiVersion: apps/v1\nmetadata: { name: a, namespace: prod }\nspec: {}\n");
  const Fixes fixes = make_fixes(input, {}, Level::kWarning);
  EXPECT_NE(overlay_of(input, fixes, "")[0].content.find("namespace: \"default\""), std::string::npos);
}

TEST(Overlay, IsOneForEachFileWhereAnObjectIsInTwo) {
  Input input = input_of(stepwise("DaemonSet", "3") + stepwise("DaemonSet", "4"));
  input.places = {{"a.yaml", 1}, {"b.yaml", 1}};
  EXPECT_EQ(twice_in_one_file(input), "");
  Words names;
  for (const FixFile& file : overlay_of(input, make_fixes(input, {}, Level::kWarning), "")) names.push_back(file.name);
  EXPECT_EQ(names, (Words{"a-yaml/kustomization.yaml", "a-yaml/objects.yaml", "a-yaml/daemonset-a.json", "b-yaml/kustomization.yaml",
                          "b-yaml/objects.yaml", "b-yaml/daemonset-a.json"}));
  input.places[1].file = "a.yaml";
  EXPECT_EQ(twice_in_one_file(input), "DaemonSet/a in a.yaml");
}

TEST(Lists, AreTakenApart) {
  auto pods = flattened(json::parse(R"({"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}}]})"));
  ASSERT_EQ(pods.objects.size(), 1U);
  EXPECT_EQ(string_at(pods.objects[0], {"kind"}), "Pod");
  const Input made = input_of("apiVersion: v1\nkind: Pod\nmetadata: { generateName: job- }\nspec: { containers: [{ name: c, ports: [{ containerPort: 1 }] }] }\n");
  EXPECT_EQ(found("apiVersion: v1\nkind: Pod\nmetadata: { generateName: job- }\nspec: { containers: [{ name: c, ports: [{ containerPort: 1 }] }] }\n", "prestop-missing"),
            Words{"warning Pod/job-"});
  EXPECT_TRUE(overlay_of(made, make_fixes(made, {}, Level::kNote), "").empty()) << "kustomize refuses an object without a name";
}

std::vector<std::string> every_set() {
  return {claim("ReadWriteOnce") + deployment("strategy: { type: Recreate }", kVolume, kPort),
          deployment("strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }", "nodeSelector: { a: b }", "ports: [{ containerPort: 80, hostPort: 80 }]"),
          bare_pod("{ containerPort: 5353, protocol: UDP }"),
          bare_pod("{ name: metrics, containerPort: 9090 }, { name: http, containerPort: 80 }"),
          controller("{ containerPort: 80 }", "web", "{ port: 80 }"),
          stepwise("DaemonSet", "\"100%\""),
          stepwise("StatefulSet", "3"),
          pods_of("stable") + pods_of("canary") + budget("minAvailable: 4, selector: {}"),
          variables("{ name: STOCK_URL, value: \"http://stock\" }, { name: DISABLE_GRACEFUL_SHUTDOWN, value: \"true\" }"),
          command(R"(["sh", "-c", "PORT=8080 ./server"])"),
          two_containers("cr.l5d.io/linkerd/proxy:stable-2.14.10", "example/app:1"),
          deployment("replicas: 2", "", kPort) + quota("hard: { pods: \"2\" }"),
          deployment("replicas: 1", "", kPort) + "kind: HorizontalPodAutoscaler\nmetadata: { name: h }\nspec: { scaleTargetRef: { kind: Deployment, name: web }, minReplicas: 1 }\n"};
}

TEST(Fixes, LeaveNothingThatAFixWouldChange) {
  for (const std::string& set : every_set()) {
    for (const Level level : {Level::kNote, Level::kWarning}) {
      const Fixes fixes = make_fixes(input_of(set), {}, level);
      for (const Finding& finding : audit({fixes.objects, {}}, {}))
        EXPECT_FALSE(finding.level >= level && finding.fixable()) << line_of(finding) << "\n" << set;
    }
  }
}

}  // namespace
}  // namespace zdt::audit
