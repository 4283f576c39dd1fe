// zdt-demo audit, whole: on the project's own trees, on files, on a small API server in this process.
#include "base/text.h"
#include "base/yaml.h"
#include "unit/cli/cli_world.h"
#include "unit/kube/fake_api.h"

namespace zdt::cli {
namespace {

const std::string kLab = "manifests/labs/graceful-shutdown/";

class AuditTest : public CliTest {
 protected:
  AuditTest() {
    host.root = ZDT_SOURCE;
    const char* tools = std::getenv("ZDT_TOOLS");
    host.tools = tools != nullptr ? tools : ZDT_SOURCE "/build/tools";
  }

  int audit(Words more) {
    more.insert(more.begin(), "audit");
    return run(std::move(more));
  }
  /// rule -> "Deployment/lab/web Deployment/lab/api"
  std::map<std::string, std::string> found() const {
    std::map<std::string, std::string> objects;
    const json read = document();
    for (const json& finding : array_at(read, {"findings"})) {
      std::string& names = objects[string_at(finding, {"rule"})];
      if (!names.empty()) names += ' ';
      names += string_at(finding, {"object", "name"});
    }
    return objects;
  }
  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(host::write_file(folder.path() / name, text));
    return (folder.path() / name).string();
  }
  std::string at_home(const std::string& name) const { return (folder.path() / name).string(); }

  const std::string kFaulty =
      R"({kind: Deployment, apiVersion: apps/v1, metadata: {name: web}, spec: {replicas: 2, template: {metadata: {labels: {a: b}},
 spec: {terminationGracePeriodSeconds: 60, containers: [{name: app, image: i, ports: [{containerPort: 80}],
 readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 3}, livenessProbe: {tcpSocket: {port: 80}}}]}}}})";
};

TEST_F(AuditTest, TheLabsProblemHasOneRuleForEachRowOfItsTable) {
  EXPECT_EQ(audit({kLab + "problem", "--level", "note", "-o", "json"}), 1) << everything();
  auto rules = found();
  rules.erase("pdb-missing");  // of which the table has no row
  EXPECT_EQ(rules, (std::map<std::string, std::string>{{"prestop-missing", "backend frontend"},
                                                         {"grace-period-default", "backend frontend"},
                                                         {"max-unavailable", "backend frontend"},
                                                         {"readiness-missing", "backend frontend"},
                                                         {"liveness-missing", "backend frontend"},
                                                         {"upstream-timeout", "frontend"}}));
}

TEST_F(AuditTest, SolutionsHaveNoFindings) {
  for (const char* tree :
       {"manifests/labs/graceful-shutdown/solution",
        "manifests/k8s-app-workload/lifecycle-hooks/after-native-sidecar",
        "manifests/k8s-app-workload/lifecycle-hooks/before-native-sidecar",
        "manifests/asg-ec2-app-stack/base-manifest", "manifests/routing-service/base-manifest",
        "manifests/routing-service/envoy-retry-policy"}) {
    EXPECT_EQ(audit({tree, "-o", "quiet"}), 0) << tree << "\n" << everything();
  }
}

TEST_F(AuditTest, TheNaiveTreeHasItsFaults) {
  EXPECT_EQ(audit({"manifests/k8s-app-workload/naive", "-o", "json"}), 1) << everything();
  const auto rules = found();
  for (const char* rule :
       {"prestop-missing", "readiness-missing", "liveness-missing", "max-unavailable", "graceful-stop-off"}) {
    EXPECT_TRUE(rules.contains(rule)) << rule << "\n" << everything();
  }
}

TEST_F(AuditTest, SeveralPathsAreOneSystemWithItsChain) {
  const Words system{"manifests/routing-service/base-manifest",
                     "manifests/k8s-app-workload/lifecycle-hooks/after-native-sidecar"};
  EXPECT_EQ(audit(system), 0) << everything();
  // The edge keeps connections for 4 s and the sidecar for 60 s; a balancer that keeps them for longer is
  // seen only in front.
  const std::string balancer = file("balancer.yaml", R"(apiVersion: v1
kind: Service
metadata: {name: front, annotations: {service.beta.kubernetes.io/aws-load-balancer-connection-idle-timeout: "700"}}
spec: {type: LoadBalancer, selector: {app.zerodt.com/component: edge}, ports: [{port: 80, targetPort: http}]}
)");
  EXPECT_EQ(audit({system[0], system[1], balancer, "-o", "json"}), 1) << everything();
  EXPECT_EQ(found(), (std::map<std::string, std::string>{{"idle-timeout-order", "front"}}));
}

TEST_F(AuditTest, TheOverlayThatFixWritesHasNoFindingAnyMore) {
  const std::string fixed = at_home("fixed");
  EXPECT_EQ(audit({kLab + "problem", "--fix", fixed}), 1) << everything();
  EXPECT_TRUE(
      said("kustomization.yaml, deployment-lab-graceful-shutdown-backend.json, "
           "deployment-lab-graceful-shutdown-frontend.json; "
           "1 finding left for a person"))
      << everything();
  EXPECT_EQ(audit({fixed, "-o", "json"}), 1) << everything();
  EXPECT_EQ(found(), (std::map<std::string, std::string>{{"upstream-timeout", "frontend"}})) << "only the program can limit its calls";
  EXPECT_EQ(audit({kLab + "problem", "--fix", fixed}), 2) << everything();
  EXPECT_TRUE(said("it is there already, and not empty")) << everything();
}

TEST_F(AuditTest, FilesAreFixedBesideThemAndDockerfilesToo) {
  const std::string manifest = file("web/web.yaml", kFaulty),
                    image = file("web/Dockerfile", "FROM a\nENTRYPOINT /app -x\n");
  EXPECT_EQ(audit({manifest, image, "--fix", at_home("fixed"), "-o", "json"}), 1) << everything();
  EXPECT_EQ(document()["fix"]["files"],
            json({"kustomization.yaml", "objects.yaml", "deployment-web.json", "Dockerfile"}));
  EXPECT_EQ(audit({at_home("fixed"), at_home("fixed/Dockerfile")}), 0) << everything();
  EXPECT_EQ(*host::read_file(folder.path() / "fixed/Dockerfile"), "FROM a\nENTRYPOINT [\"/app\",\"-x\"]\n");
  EXPECT_EQ(*host::read_file(folder.path() / "web/Dockerfile"), "FROM a\nENTRYPOINT /app -x\n");
}

TEST_F(AuditTest, AFolderWithoutAKustomizationIsItsYamlFiles) {
  file("plain/web.yaml", kFaulty);
  file("plain/notes.txt", "{");
  EXPECT_EQ(audit({at_home("plain"), "-o", "quiet"}), 1) << everything();
  EXPECT_EQ(out(),
            "1 rule found 1 fault in 1 object: 0 errors, 1 warning, 0 notes (1 below --level warning)\n");
  EXPECT_EQ(audit({at_home("plain"), "--level", "error", "-o", "quiet"}), 0) << everything();
  EXPECT_EQ(audit({at_home("plain"), "-o", "sarif"}), 1) << everything();
  EXPECT_EQ(string_at(json::parse(out()), {"version"}), "2.1.0");
}

const std::string kPod = R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 1}]}]}})";

TEST_F(AuditTest, AFolderIsReadAtEveryDepthAndInJsonToo) {
  file("k8s/web/pod.yaml", kPod);
  file("k8s/api/deep/pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"PodList\", \"items\": [\n{\"metadata\": {\"name\": \"b\"}, \"spec\": {\"containers\": [{\"ports\": [{\"containerPort\": 1}]}]}}]}");
  file("k8s/package.json", R"({"name": "x"})");
  file("k8s/api/Dockerfile", "FROM a\nCMD java $OPTS\n");
  EXPECT_EQ(audit({at_home("k8s"), "-o", "sarif"}), 1) << everything();
  std::set<std::string> places;
  const json log = json::parse(out());
  for (const json& result : log["runs"][0]["results"]) {
    const json& place = result["locations"][0]["physicalLocation"];
    const std::string uri = string_at(place, {"artifactLocation", "uri"});
    places.insert(fmt::format("{}:{}", uri.substr(uri.rfind("/k8s/") + 1), int_at(place, {"region", "startLine"})));
  }
  EXPECT_EQ(places, (std::set<std::string>{"k8s/web/pod.yaml:1", "k8s/api/deep/pod.json:2", "k8s/api/Dockerfile:2"}));
}

TEST_F(AuditTest, AKustomizationWithinAFolderIsBuiltOnce) {
  file("repo/base/pod.yaml", kPod);
  file("repo/base/kustomization.yaml", "resources: [pod.yaml]\n");
  file("repo/overlay/kustomization.yaml", "resources: [../base]\nnamePrefix: my-\n");
  file("repo/remote/kustomization.yaml", "resources: [\"https://example.invalid/x?ref=v1\"]\n");
  EXPECT_EQ(audit({at_home("repo"), "-o", "json"}), 1) << everything();
  EXPECT_EQ(found()["prestop-missing"], "my-a");
  EXPECT_NE(document()["not_judged"]["unread"].dump().find("example.invalid"), std::string::npos) << everything();
}

TEST_F(AuditTest, NothingToJudgeIsNoPraise) {
  file("empty/notes.txt", "hello\n");
  const std::string word = file("word.yaml", "hello\n"), map = file("map.yaml", "kind: ConfigMap\nmetadata: {name: a}\n");
  for (const std::string& path : {at_home("empty"), word, map}) {
    EXPECT_EQ(audit({path}), 3) << everything();
    EXPECT_TRUE(said("nothing to judge")) << everything();
  }
}

TEST_F(AuditTest, WhatCannotBeReadInAFolderIsNamedAndTheRestIsJudged) {
  file("mixed/pod.yaml", kPod);
  file("mixed/templates/web.yaml", "apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nmetadata: {{ .y }}\n{{- end }}\n");
  EXPECT_EQ(audit({at_home("mixed")}), 1) << everything();
  EXPECT_TRUE(said("a template, not a manifest")) << everything();
  file("mixed/twice.yaml", "apiVersion: v1\nkind: Pod\nkind: Pod\n");
  EXPECT_EQ(audit({at_home("mixed")}), 2) << everything();
  EXPECT_TRUE(said("prestop-missing") && said("stands twice")) << everything();
}

TEST_F(AuditTest, OverlaysBuildWhereverTheirObjectsComeFrom) {
  const auto builds = [&](const std::string& overlay) {
    return std::system(("kubectl kustomize " + overlay + " > " + at_home("built.yaml")).c_str()) == 0;
  };
  file("two/a.yaml", kFaulty);
  file("two/b.yaml", kFaulty);
  EXPECT_EQ(audit({at_home("two"), "--fix", at_home("out")}), 1) << everything();
  size_t overlays = 0;
  for (const auto& entry : host::fs::directory_iterator(folder.path() / "out")) {
    EXPECT_TRUE(builds(entry.path().string())) << entry.path();
    ++overlays;
  }
  EXPECT_EQ(overlays, 2U);
  std::string prod = kFaulty, hook = "lifecycle: {preStop: {sleep: {seconds: 20}}}, ports";
  prod.replace(prod.find("name: web"), 9, "name: web, namespace: prod");
  prod.replace(prod.find("ports"), 5, hook);
  const std::string both = file("both.yaml", kFaulty + "\n---\n" + prod);
  EXPECT_EQ(audit({both, "--fix", at_home("named")}), 1) << everything();
  ASSERT_TRUE(builds(at_home("named")));
  auto built = parse_yaml_documents(*host::read_file(at_home("built.yaml")), "built");
  ASSERT_TRUE(built);
  for (const json& object : *built) {
    const bool is_prod = string_at(object, {"metadata", "namespace"}) == "prod";
    const json& hook_of = object["spec"]["template"]["spec"]["containers"][0]["lifecycle"]["preStop"];
    EXPECT_EQ(int_at(hook_of, {"sleep", "seconds"}), is_prod ? 20 : 5) << object.dump();
  }
}

TEST_F(AuditTest, MistakesExitTwo) {
  const std::string manifest = file("web.yaml", kFaulty), broken = file("broken.yaml", "a: [");
  for (const auto& [arguments, says] : std::vector<std::pair<Words, std::string>>{
           {{}, "either a PATH or --on TARGET"},
           {{manifest, "--on", "rehearsal"}, "either a PATH or --on TARGET"},
           {{manifest, "--level", "fatal"}, "--level"},
           {{manifest, "--endpoint-sync", "soon"}, "--endpoint-sync"},
           {{manifest, "--longest-request", "long"}, "--longest-request"},
           {{manifest, "--fix", folder.path().string()}, "not empty"},
           {{at_home("no-such-file")}, "no such file or folder"},
           {{broken}, "broken.yaml:1:"},
           {{"--on", "nowhere"}, "no such target"},
       }) {
    EXPECT_EQ(audit(arguments), 2) << everything();
    EXPECT_TRUE(said(says)) << says << "\n" << everything();
  }
  EXPECT_EQ(audit({at_home("no-such-file"), "-o", "json"}), 2);
  EXPECT_EQ(string_at(document(), {"error", "code"}), "usage");
}

TEST_F(AuditTest, WithoutKubectlAKustomizationCannotBeRead) {
  const std::string path = std::getenv("PATH");
  host.tools = folder.path();
  setenv("PATH", folder.path().c_str(), 1);
  EXPECT_EQ(audit({kLab + "problem"}), 3) << everything();
  setenv("PATH", path.c_str(), 1);
}

class LiveAuditTest : public AuditTest {
 protected:
  LiveAuditTest() {
    const auto connection = api->connection();
    file("kubeconfig", fmt::format(R"(apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "{}", certificate-authority-data: "{}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: fake, context: {{cluster: c, user: u, namespace: demo}}}}]
)",
                                   connection.server, base64_encode(connection.tls.ca_pem)));
    for (const char* path :
         {"/api/v1/namespaces/demo/pods", "/api/v1/namespaces/demo/configmaps",
          "/api/v1/namespaces/demo/services", "/apis/argoproj.io/v1alpha1/namespaces/demo/rollouts"}) {
      api->answer(std::string("GET ") + path, kube::testing::list_of(10, json::array()));
    }
    json web = json::parse(
        R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"demo","uid":"u"},"spec":{"replicas":2,
      "strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1}},"template":{"spec":{"terminationGracePeriodSeconds":60,"containers":[
      {"name":"app","ports":[{"containerPort":80}],"lifecycle":{"preStop":{"sleep":{"seconds":5}}},"readinessProbe":{"periodSeconds":3},
      "livenessProbe":{"periodSeconds":10}}]}}},"status":{"replicas":2}})");
    api->answer("GET /apis/apps/v1/namespaces/demo/deployments",
                kube::testing::list_of(10, json::array({web})));
  }
  ~LiveAuditTest() override {
    api.reset();
    loop.restart();
    loop.poll();
  }
  Words live(Words more) const {
    more.insert(more.begin(),
                {"--on", "context:fake", "--kubeconfig", (folder.path() / "kubeconfig").string()});
    return more;
  }
  std::unique_ptr<kube::testing::FakeApi> api = std::make_unique<kube::testing::FakeApi>(loop);
};

TEST_F(LiveAuditTest, LiveObjectsAreReadAndNothingIsWritten) {
  EXPECT_EQ(audit(live({"-o", "json"})), 1) << everything();
  EXPECT_EQ(found(), (std::map<std::string, std::string>{{"max-unavailable", "web"}}));
  EXPECT_EQ(string_at(document()["sources"][0], {"name"}), "context:fake, namespace demo");
  for (const auto& request : api->seen) EXPECT_EQ(request.method, "GET") << request.line();
  EXPECT_EQ(audit(live({"--fix", at_home("fixed"), "-o", "quiet"})), 1) << everything();
  EXPECT_EQ(audit({at_home("fixed")}), 0) << everything();
}

TEST_F(LiveAuditTest, AClusterThatIsAwayExitsThree) {
  api.reset();
  EXPECT_EQ(audit(live({})), 3) << everything();
}

}  // namespace
}  // namespace zdt::cli
