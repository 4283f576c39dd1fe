// The real kubectl against the API, served on 127.0.0.1. Skipped when there is no kubectl.
#include <gtest/gtest.h>

#include "base/text.h"
#include "host/files.h"
#include "host/process.h"
#include "rehearsal/api/api.h"
#include "rehearsal/api/certificates.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kWebManifest = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "zdt/monolith:v1", ports: [{containerPort: 8000}], env: [{name: A, value: "1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8000}]}
)";

json running_pod(const std::string& name) {
  json pod = json::parse(R"({
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"namespace": "default", "labels": {"app": "web"}},
    "spec": {"nodeName": "worker", "containers": [{"name": "app", "image": "zdt/monolith:v1"}]},
    "status": {"phase": "Running", "podIP": "10.244.0.2", "podIPs": [{"ip": "10.244.0.2"}],
      "conditions": [{"type": "Ready", "status": "True"}],
      "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0,
                             "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]}})");
  pod["metadata"]["name"] = name;
  return pod;
}

class Kubectl : public ::testing::Test {
 protected:
  void SetUp() override {
    if (host::find_program("kubectl").empty()) GTEST_SKIP() << "kubectl is not installed";
    auto certificates = make_certificates().value();
    seed(store_);
    http::ServerOptions options;
    options.certificate_pem = certificates.certificate;
    options.key_pem = certificates.key;
    server_ = http::Server::listen(loop_.get_executor(), options, [this](http::Exchange& e) {
                const bool watches = e.target.has("watch");
                if (watches && on_watch_) asio::post(loop_, std::exchange(on_watch_, nullptr));
                return api_.handle(e);
              }).value();
    const std::string url = "https://127.0.0.1:" + std::to_string(server_->port());
    ASSERT_TRUE(
        host::write_file(home_.path() / "config", kubeconfig("rehearsal", url, certificates.ca, "secret")));
    ASSERT_TRUE(host::write_file(home_.path() / "web.yaml", kWebManifest));
  }

  host::Command command(std::vector<std::string> words, std::string input) const {
    words.insert(words.begin(), "kubectl");
    host::Command command{.argv = std::move(words), .limit = milliseconds(30'000)};
    command.env = {{"KUBECONFIG", (home_.path() / "config").string()}, {"HOME", home_.path().string()}};
    command.cwd = home_.path().string();
    if (!input.empty()) command.input = std::move(input);
    return command;
  }

  static Task<void> run_into(host::Command command, host::Exit& exit) {
    auto result = co_await host::run(std::move(command));
    if (result) exit = *result;
    if (!result) exit.err = result.error().what, exit.code = -1;
  }

  void drive(Task<void> work) {
    std::exception_ptr failure;
    bool done = false;
    asio::co_spawn(loop_, std::move(work), [&](std::exception_ptr e) { failure = e, done = true; });
    while (!done) loop_.run_one();
    if (failure) std::rethrow_exception(failure);
  }

  host::Exit run(std::vector<std::string> words, std::string input = "") {
    host::Exit exit;
    drive(run_into(command(std::move(words), std::move(input)), exit));
    return exit;
  }

  /// Standard output of a command that must succeed.
  std::string out(std::vector<std::string> words, std::string input = "") {
    const std::string line = join(words, " ");
    const host::Exit exit = run(std::move(words), std::move(input));
    EXPECT_EQ(exit.code, 0) << "kubectl " << line << "\n" << exit.out << exit.err;
    EXPECT_EQ(exit.err, "") << "kubectl " << line;
    return exit.out;
  }

  /// While `words` runs, `meanwhile` is called once, after the first output.
  host::Exit run_with(std::vector<std::string> words, std::function<void()> meanwhile) {
    host::Exit exit;
    host::Command whole = command(std::move(words), "");
    std::string seen;
    whole.on_output = [&seen, meanwhile](host::Stream, std::string_view text) {
      const bool first = seen.empty();
      seen += text;
      if (first) meanwhile();
    };
    drive(run_into(std::move(whole), exit));
    if (exit.out.empty()) exit.out = seen;
    return exit;
  }

  bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  asio::io_context loop_;
  Store store_;
  testing::FakeNode node_{loop_.get_executor()};
  Api api_{store_, node_,
           ApiOptions{.token = "secret", .account_key = "key", .bookmark_interval = milliseconds(200), .acted_on = {}}};
  std::unique_ptr<http::Server> server_;
  host::TempDir home_{"zdt-kubectl"};
  std::function<void()> on_watch_;  ///< called once, at the next watch
};

TEST_F(Kubectl, AppliesPrintsAndDeletesADeployment) {
  EXPECT_EQ(out({"apply", "-f", "web.yaml"}), "deployment.apps/web created\nservice/web created\n");
  EXPECT_EQ(out({"apply", "-f", "web.yaml"}), "deployment.apps/web unchanged\nservice/web unchanged\n");
  const std::string wide = out({"get", "deployments", "-o", "wide"});
  EXPECT_TRUE(has(wide, "READY   UP-TO-DATE   AVAILABLE   AGE")) << wide;
  EXPECT_TRUE(has(wide, "zdt/monolith:v1   app=web")) << wide;
  EXPECT_TRUE(has(out({"get", "service", "web"}), "ClusterIP   <none>       <none>        80/TCP"));
  EXPECT_TRUE(has(out({"get", "deploy", "web", "-o", "yaml"}), "progressDeadlineSeconds: 600"));
  EXPECT_EQ(out({"scale", "deployment/web", "--replicas=5"}), "deployment.apps/web scaled\n");
  EXPECT_EQ(out({"get", "deploy", "web", "-o", "jsonpath={.spec.replicas}"}), "5");
  EXPECT_EQ(out({"set", "image", "deployment/web", "app=zdt/monolith:v2"}),
            "deployment.apps/web image updated\n");
  EXPECT_EQ(out({"label", "deployment", "web", "tier=front"}), "deployment.apps/web labeled\n");
  EXPECT_EQ(out({"annotate", "deployment", "web", "note=x"}), "deployment.apps/web annotated\n");
  EXPECT_TRUE(has(out({"get", "deploy", "-l", "tier in (front),app=web"}), "web"));
  EXPECT_EQ(out({"delete", "-f", "web.yaml"}), "deployment.apps \"web\" deleted\nservice \"web\" deleted\n");
}

TEST_F(Kubectl, AppliesChangesWithAStrategicMergePatch) {
  out({"apply", "-f", "web.yaml"});
  std::string changed = kWebManifest;
  changed.replace(changed.find("env: [{name: A, value: \"1\"}]"), 28, "env: [{name: B, value: \"2\"}]");
  EXPECT_EQ(out({"apply", "-f", "-"}, changed), "deployment.apps/web configured\nservice/web unchanged\n");
  EXPECT_EQ(out({"get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].env}"}),
            R"([{"name":"B","value":"2"}])");
}

TEST_F(Kubectl, AppliesOnTheServerAndNamesConflicts) {
  EXPECT_EQ(out({"apply", "--server-side", "-f", "web.yaml"}),
            "deployment.apps/web serverside-applied\nservice/web serverside-applied\n");
  const host::Exit other =
      run({"apply", "--server-side", "--field-manager=other", "-f", "-"},
          "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 7, selector: "
          "{matchLabels: {app: web}}}}");
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(has(other.err, "conflict with \"kubectl\": .spec.replicas")) << other.err;
  EXPECT_EQ(out({"diff", "-f", "web.yaml"}), "");
}

TEST_F(Kubectl, MovesFromClientSideToServerSideApply) {
  out({"apply", "-f", "web.yaml"});
  std::string changed = kWebManifest;
  changed.replace(changed.find(", env: [{name: A, value: \"1\"}]"), 30, "");
  EXPECT_EQ(run({"apply", "--server-side", "-f", "-"}, changed).code, 0);
  EXPECT_EQ(out({"get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].env}"}), "");
}

TEST_F(Kubectl, PrintsPodsAsTables) {
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  const std::string wide = out({"get", "pods", "-o", "wide"});
  EXPECT_TRUE(has(
      wide,
      "NAME    READY   STATUS    RESTARTS   AGE   IP           NODE     NOMINATED NODE   READINESS GATES"));
  EXPECT_TRUE(
      has(wide, "10.244.0.2   worker   <none>           <none>"))
      << wide;
  EXPECT_TRUE(has(out({"get", "pods", "-A", "--field-selector=status.phase=Running"}), "default     web-1"));
  EXPECT_EQ(run({"get", "pods", "--field-selector=status.phase=Failed"}).err,
            "No resources found in default namespace.\n");
  EXPECT_TRUE(has(out({"describe", "pod", "web-1"}), "Image:          zdt/monolith:v1"));
}

TEST_F(Kubectl, WatchesPods) {
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  const host::Exit exit = run_with({"get", "pods", "-w", "--request-timeout=2s"}, [this] {
    asio::post(loop_, [this] { (void)store_.create("pods", running_pod("web-2")); });
  });
  EXPECT_TRUE(has(exit.out, "web-1   1/1     Running")) << exit.out << exit.err;
  EXPECT_TRUE(has(exit.out, "web-2   1/1     Running")) << exit.out << exit.err;
}

TEST_F(Kubectl, WaitsForConditionsAndDeletion) {
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  EXPECT_EQ(out({"wait", "--for=condition=Ready", "pod/web-1", "--timeout=5s"}), "pod/web-1 condition met\n");
  EXPECT_EQ(out({"delete", "pod", "web-1", "--wait=false"}), "pod \"web-1\" deleted\n");
  EXPECT_TRUE(has(out({"get", "pods"}), "Terminating"));
  on_watch_ = [this] { (void)store_.remove("pods", "default", "web-1"); };
  EXPECT_EQ(out({"wait", "--for=delete", "pod/web-1", "--timeout=5s"}), "pod/web-1 condition met\n");
}

TEST_F(Kubectl, FollowsARollout) {
  out({"apply", "-f", "web.yaml"});
  const auto finish = [this] {
    (void)store_.modify("deployments.apps", "default", "web", [](json& object) {
      object["status"] = {{"observedGeneration", 1},
                          {"replicas", 2},
                          {"updatedReplicas", 2},
                          {"readyReplicas", 2},
                          {"availableReplicas", 2}};
    });
  };
  const host::Exit exit = run_with({"rollout", "status", "deployment/web", "--timeout=5s"},
                                   [this, finish] { asio::post(loop_, finish); });
  EXPECT_EQ(exit.code, 0) << exit.err;
  EXPECT_TRUE(has(exit.out, "deployment \"web\" successfully rolled out")) << exit.out << exit.err;
  EXPECT_EQ(out({"rollout", "restart", "deployment/web"}), "deployment.apps/web restarted\n");
}

TEST_F(Kubectl, DiscoversKindsAndNamespaces) {
  const std::string kinds = out({"api-resources"});
  EXPECT_TRUE(has(kinds, "deployments") && has(kinds, "endpointslices") &&
              has(kinds, "customresourcedefinitions"))
      << kinds;
  EXPECT_TRUE(has(out({"api-versions"}), "apps/v1"));
  EXPECT_TRUE(has(out({"version"}), "Server Version: v1.33.0"));
  EXPECT_EQ(out({"create", "namespace", "shop"}), "namespace/shop created\n");
  EXPECT_TRUE(has(out({"get", "ns"}), "shop          Active"));
  EXPECT_EQ(out({"create", "configmap", "settings", "-n", "shop", "--from-literal=a=b"}),
            "configmap/settings created\n");
  EXPECT_TRUE(has(out({"get", "cm", "-n", "shop"}), "settings   1 "));
  EXPECT_EQ(run({"get", "all", "-A"}).err, "No resources found\n");
  EXPECT_EQ(out({"auth", "can-i", "create", "pods"}), "yes\n");
}

TEST_F(Kubectl, ReportsErrorsInKubernetesWords) {
  EXPECT_EQ(run({"get", "pod", "none"}).err, "Error from server (NotFound): pods \"none\" not found\n");
  EXPECT_EQ(run({"create", "configmap", "c", "-n", "nowhere"}).err,
            "error: failed to create configmap: namespaces \"nowhere\" not found\n");
  const host::Exit typo =
      run({"apply", "-f", "-"}, "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {portz: []}}");
  EXPECT_TRUE(has(typo.err, "strict decoding error: unknown field \"spec.portz\"")) << typo.err;
  const host::Exit bad =
      run({"apply", "-f", "-"}, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: W}, spec: {}}");
  EXPECT_TRUE(has(bad.err, "spec.selector: Required value")) << bad.err;
  const host::Exit missing = run({"get", "widgets"});
  EXPECT_EQ(missing.err, "error: the server doesn't have a resource type \"widgets\"\n");
}

TEST_F(Kubectl, ServesCustomResources) {
  const char* definition = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.demo.zdt.dev}
spec:
  group: demo.zdt.dev
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
)";
  out({"apply", "-f", "-"}, definition);
  EXPECT_EQ(out({"wait", "--for=condition=Established", "crd/widgets.demo.zdt.dev", "--timeout=5s"}),
            "customresourcedefinition.apiextensions.k8s.io/widgets.demo.zdt.dev condition met\n");
  const std::string widget =
      "{apiVersion: demo.zdt.dev/v1, kind: Widget, metadata: {name: one}, spec: {size: 3}}";
  const host::Exit made = run({"apply", "-f", "-"}, widget);
  EXPECT_EQ(made.out, "widget.demo.zdt.dev/one created\n") << made.err;
  EXPECT_TRUE(has(made.err, "Warning: zdt-demo: no controller acts on Widget in the rehearsal cluster"))
      << made.err;
  EXPECT_EQ(run({"apply", "-f", "-"}, widget).out, "widget.demo.zdt.dev/one unchanged\n");
  EXPECT_TRUE(has(out({"get", "wd"}), "NAME   SIZE\none    3"));
  EXPECT_EQ(run({"scale", "widget/one", "--replicas=4"}).out, "widget.demo.zdt.dev/one scaled\n");
  EXPECT_TRUE(has(out({"get", "wd"}), "one    4"));
}

TEST_F(Kubectl, ReadsLogsAndRunsCommands) {
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  EXPECT_EQ(out({"logs", "web-1"}), "web-1/app one\ntwo\nthree\n");
  EXPECT_EQ(out({"logs", "web-1", "--tail=1"}), "three\n");
  const host::Exit echo = run({"exec", "web-1", "--", "echo", "hello", "world"});
  EXPECT_EQ(echo.out, "hello world\n") << echo.err;
  EXPECT_EQ(echo.err, "a word on stderr\n");
  EXPECT_EQ(out({"exec", "-i", "web-1", "--", "cat"}, "from stdin\n"), "from stdin\n");
  const host::Exit three = run({"exec", "web-1", "--", "exit", "3"});
  EXPECT_EQ(three.code, 3);
  EXPECT_EQ(three.err, "command terminated with exit code 3\n");
  EXPECT_TRUE(has(run({"exec", "web-1", "--", "missing"}).err, "container not running (web)"));
  EXPECT_TRUE(has(run({"exec", "none", "--", "echo"}).err, "pods \"none\" not found"));
}

TEST_F(Kubectl, EvictsAndCordons) {
  ASSERT_TRUE(
      store_.create("nodes", {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", "worker"}}}}));
  EXPECT_EQ(out({"cordon", "worker"}), "node/worker cordoned\n");
  EXPECT_TRUE(has(out({"get", "nodes"}), "Unknown,SchedulingDisabled"));
  json pod = running_pod("web-1");
  pod["metadata"]["ownerReferences"] = {{{"apiVersion", "apps/v1"},
                                         {"kind", "ReplicaSet"},
                                         {"name", "web"},
                                         {"uid", "u"},
                                         {"controller", true}}};
  pod["status"]["phase"] = "Succeeded";  // goes at once
  ASSERT_TRUE(store_.create("pods", pod));
  const host::Exit drained = run({"drain", "worker", "--timeout=10s"});
  EXPECT_EQ(drained.code, 0) << drained.out << drained.err;
  EXPECT_FALSE(store_.find("pods", "default", "web-1"));
}

TEST_F(Kubectl, ADrainWaitsForTheBudget) {
  ASSERT_TRUE(
      store_.create("nodes", {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", "worker"}}}}));
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  const json budget = json::parse(R"({"metadata": {"name": "web", "namespace": "default"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    "status": {"observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1}})");
  ASSERT_TRUE(store_.create("poddisruptionbudgets.policy", budget));
  EXPECT_TRUE(has(out({"get", "pdb"}), "web    1               N/A               0 "));
  const host::Exit drained = run({"drain", "worker", "--force", "--timeout=1s"});
  EXPECT_NE(drained.code, 0);
  EXPECT_TRUE(has(drained.err, "Cannot evict pod as it would violate the pod's disruption budget.")) << drained.err;
  EXPECT_TRUE(store_.find("pods", "default", "web-1"));
}

TEST_F(Kubectl, TopShowsWhatTheNodeMeasures) {
  ASSERT_TRUE(store_.create("nodes", json::parse(R"({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker"},
    "status": {"allocatable": {"cpu": "2", "memory": "1Gi"}}})")));
  ASSERT_TRUE(store_.create("pods", running_pod("web-1")));
  const WallTime now = std::chrono::system_clock::now();
  node_.pods_use = {{"default", "web-1", now, milliseconds(15'000), {{"app", {0.125, 64 << 20}}}}};
  node_.nodes_use = {{"worker", now, milliseconds(15'000), {0.5, 256 << 20}}};
  EXPECT_TRUE(has(out({"top", "nodes"}), "worker   500m         25%      256Mi           25%"));
  EXPECT_TRUE(has(out({"top", "pods", "--containers"}), "web-1   app    125m         64Mi"));
}

TEST_F(Kubectl, CreatesWhatItEncodesAsProtobuf) {
  EXPECT_EQ(out({"create", "deployment", "d", "--image=i:1", "--replicas=0", "--port=80", "--", "run", "me"}),
            "deployment.apps/d created\n");
  const json d = json::parse(out({"get", "deployment", "d", "-o", "json"}));
  EXPECT_EQ(d["spec"]["replicas"], 0);
  EXPECT_EQ(d["spec"]["template"]["spec"]["containers"][0]["command"], json::parse(R"(["run", "me"])"));
  EXPECT_EQ(out({"create", "secret", "generic", "s", "--from-literal=a=hello"}), "secret/s created\n");
  EXPECT_EQ(out({"get", "secret", "s", "-o", "jsonpath={.data.a}"}), "aGVsbG8=");
  EXPECT_EQ(out({"create", "service", "clusterip", "svc", "--tcp=80:http"}), "service/svc created\n");
  EXPECT_EQ(out({"get", "service", "svc", "-o", "jsonpath={.spec.ports[0].targetPort}"}), "http");
  EXPECT_EQ(out({"create", "serviceaccount", "me"}), "serviceaccount/me created\n");
  EXPECT_EQ(out({"create", "poddisruptionbudget", "p", "--selector=a=b", "--min-available=1"}),
            "poddisruptionbudget.policy/p created\n");
  EXPECT_EQ(out({"autoscale", "deployment", "d", "--max=3"}), "horizontalpodautoscaler.autoscaling/d autoscaled\n");
  const std::vector<std::vector<std::string>> stored_only = {
      {"create", "job", "j", "--image=i"},
      {"create", "cronjob", "c", "--image=i", "--schedule=* * * * *"},
      {"create", "quota", "q", "--hard=cpu=1"},
      {"create", "priorityclass", "high", "--value=10"},
      {"create", "ingress", "i", "--rule=a.example/x=svc:80"}};
  for (const auto& words : stored_only) {
    const host::Exit exit = run(words);
    EXPECT_EQ(exit.code, 0) << join(words, " ") << exit.err;
    EXPECT_TRUE(has(exit.err, "Warning: zdt-demo: no controller acts on")) << join(words, " ") << exit.err;
  }
}

TEST_F(Kubectl, TellsWhoMayDoWhat) {
  const std::string robot = "--as=system:serviceaccount:default:robot";
  out({"create", "serviceaccount", "robot"});
  EXPECT_EQ(out({"create", "role", "reader", "--verb=get,list", "--resource=pods,services/status"}),
            "role.rbac.authorization.k8s.io/reader created\n");
  EXPECT_EQ(run({"auth", "can-i", "list", "pods", robot}).out, "no\n");
  EXPECT_EQ(out({"create", "rolebinding", "reads", "--role=reader", "--serviceaccount=default:robot"}),
            "rolebinding.rbac.authorization.k8s.io/reads created\n");
  EXPECT_EQ(out({"auth", "can-i", "list", "pods", robot}), "yes\n");
  EXPECT_EQ(run({"auth", "can-i", "delete", "pods", robot}).out, "no\n");
  EXPECT_EQ(out({"auth", "can-i", "get", "/api", robot}), "yes\n");
  const std::string list = out({"auth", "can-i", "--list", robot});
  EXPECT_TRUE(has(list, "pods  ") && has(list, "[get list]") && has(list, "[/api/*]")) << list;
  EXPECT_EQ(run({"get", "pods", robot}).err, "No resources found in default namespace.\n");
  EXPECT_EQ(run({"get", "secrets", robot}).err,
            "Error from server (Forbidden): secrets is forbidden: User \"system:serviceaccount:default:robot\" cannot list "
            "resource \"secrets\" in API group \"\" in the namespace \"default\"\n");
  EXPECT_TRUE(has(out({"auth", "whoami"}), "kubernetes-admin"));
  EXPECT_TRUE(has(out({"get", "rolebindings", "-o", "wide"}), "reads   Role/reader ")) << out({"get", "rolebindings", "-o", "wide"});
  EXPECT_TRUE(has(out({"describe", "clusterrole", "view"}), "configmaps"));
}

TEST_F(Kubectl, MakesTokensForServiceAccounts) {
  out({"create", "serviceaccount", "robot"});
  const std::string token = trim(out({"create", "token", "robot", "--duration=20m"}));
  EXPECT_TRUE(has(out({"auth", "whoami", "--token=" + token}), "system:serviceaccount:default:robot"));
  EXPECT_TRUE(has(run({"create", "token", "robot", "--duration=1m"}).err, "may not specify a duration less than 10 minutes"));
}

TEST_F(Kubectl, PatchesReplacesAndOrphans) {
  out({"apply", "-f", "web.yaml"});
  EXPECT_EQ(out({"patch", "deploy", "web", "-p", R"({"spec":{"replicas":3}})"}),
            "deployment.apps/web patched\n");
  EXPECT_EQ(out({"patch", "deploy", "web", "--type=json", "-p",
                 R"([{"op":"replace","path":"/spec/replicas","value":4}])"}),
            "deployment.apps/web patched\n");
  EXPECT_EQ(out({"patch", "deploy", "web", "--type=merge", "-p", R"({"spec":{"paused":true}})"}),
            "deployment.apps/web patched\n");
  EXPECT_EQ(out({"patch", "deploy", "web", "--subresource=status", "-p", R"({"status":{"replicas":4}})"}),
            "deployment.apps/web patched\n");
  EXPECT_EQ(
      out({"get", "deploy", "web", "-o", "jsonpath={.spec.replicas} {.spec.paused} {.status.replicas}"}),
      "4 true 4");
  EXPECT_EQ(out({"replace", "-f", "web.yaml"}), "deployment.apps/web replaced\nservice/web replaced\n");
  EXPECT_EQ(out({"get", "deploy", "web", "-o", "jsonpath={.spec.replicas}{.spec.paused}"}), "2");
  EXPECT_EQ(out({"apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "web.yaml"}),
            "deployment.apps/web serverside-applied (server dry run)\nservice/web serverside-applied (server "
            "dry run)\n");
  EXPECT_EQ(out({"delete", "deploy", "web", "--cascade=orphan", "--wait=false"}),
            "deployment.apps \"web\" deleted\n");
  EXPECT_EQ(store_.find("deployments.apps", "default", "web")->at("metadata")["finalizers"],
            json::array({"orphan"}));
}

TEST_F(Kubectl, RunsExposesAndShowsEvents) {
  EXPECT_EQ(out({"run", "p", "--image=i:1", "--port=80", "--labels=a=b"}), "pod/p created\n");
  EXPECT_EQ(out({"expose", "pod", "p", "--port=80"}), "service/p exposed\n");
  EXPECT_TRUE(has(out({"get", "pods"}), "p      0/1     Pending   0 "));
  json event = json::parse(
      R"({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "p.1", "namespace": "default"},
    "type": "Warning", "reason": "BackOff", "message": "no image", "count": 1,
    "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": "default"}})");
  event["involvedObject"]["uid"] = at(*store_.find("pods", "default", "p"), {"metadata", "uid"});
  ASSERT_TRUE(store_.create("events", event));
  EXPECT_TRUE(has(out({"describe", "pod", "p"}), "Warning  BackOff"));
  EXPECT_TRUE(has(out({"get", "events"}), "Warning   BackOff   pod/p    no image"));
  EXPECT_TRUE(has(out({"events", "--for", "pod/p"}), "BackOff"));
}

TEST_F(Kubectl, ACallWithoutTheTokenIsRefused) {
  const host::Exit exit = run({"get", "pods", "--token=wrong"});
  EXPECT_TRUE(has(exit.err, "You must be logged in to the server") || has(exit.err, "Unauthorized"))
      << exit.err;
}

}  // namespace
}  // namespace zdt::rehearsal
