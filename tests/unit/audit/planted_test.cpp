// Every fault that was planted is found, nothing else is, and the fixes put it right.
#include "audit/fixes.h"
#include "audit/live.h"
#include "unit/audit/audit_world.h"

namespace zdt::audit {
namespace {

using namespace testing;

/// The "# finds" lines at the head of a planted file.
Words expected_in(const std::string& text) {
  Words lines;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("# finds ") && line != "# finds nothing") lines.push_back(trim(line.substr(8)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class Planted : public ::testing::TestWithParam<const char*> {};

TEST_P(Planted, FaultsAreFoundExactlyAndTheFixedTwinHasNone) {
  const std::string bad = planted_text(std::string(GetParam()) + ".yaml");
  ASSERT_FALSE(expected_in(bad).empty());
  EXPECT_EQ(lines_of(audit(input_of(bad), {})), expected_in(bad));
  const std::string good = planted_text(std::string(GetParam()) + "-fixed.yaml");
  EXPECT_EQ(lines_of(audit(input_of(good), {})), Words{});
}

TEST_P(Planted, FixesLeaveOnlyWhatNoMachineCanWrite) {
  const Input input = input_of(planted_text(std::string(GetParam()) + ".yaml"));
  const Fixes fixes = make_fixes(input, {}, Level::kNote);
  EXPECT_FALSE(fixes.patches.empty());
  for (const Finding& finding : fixes.left)
    EXPECT_FALSE(finding.fixable()) << line_of(finding) << ": " << finding.patch.dump();
  EXPECT_EQ(lines_of(audit({fixes.objects, {}}, {})), lines_of(fixes.left));
}

TEST_P(Planted, ThePatchesAreTheWholeDifference) {
  const Input input = input_of(planted_text(std::string(GetParam()) + ".yaml"));
  const Fixes fixes = make_fixes(input, {}, Level::kNote);
  for (size_t i = 0; i < input.objects.size(); ++i) {
    json object = input.objects[i];
    for (const ObjectPatch& patch : fixes.patches) {
      if (patch.object == name_of(object)) object = object.patch(patch.operations);
    }
    EXPECT_EQ(object, fixes.objects[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Planted, ::testing::Values("shutdown", "probes", "rollout", "way"),
                         [](const auto& file) { return std::string(file.param); });

TEST(Rules, EachHasAPlantedFaultASourceAndAnIdOfItsOwn) {
  std::set<std::string> planted{"entrypoint-shell"};  // dockerfile_test.cpp
  for (const char* file : {"shutdown", "probes", "rollout", "way"}) {
    for (const std::string& line : expected_in(planted_text(std::string(file) + ".yaml")))
      planted.insert(split(line, ' ')[0]);
  }
  std::set<std::string> ids;
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(ids.insert(std::string(rule.id)).second) << rule.id;
    EXPECT_TRUE(rule.source.starts_with("https://")) << rule.id;
    EXPECT_TRUE(planted.contains(std::string(rule.id))) << rule.id;
    EXPECT_EQ(rule_named(rule.id), &rule);
  }
  EXPECT_EQ(rule_named("no-such-rule"), nullptr);
}

TEST(Rules, FindNothingInNothingAndInOddObjects) {
  EXPECT_TRUE(audit({}, {}).empty());
  const Input odd = input_of(R"(
kind: Deployment
---
kind: Deployment
metadata: { name: a }
spec: { template: { spec: { containers: [1, { ports: [x] }] } }, strategy: 7, replicas: many }
---
kind: Service
spec: { selector: [a], ports: 3 }
---
kind: ConfigMap
metadata: { name: e }
data: { a: "static_resources: [", b: 1 }
---
kind: PodDisruptionBudget
metadata: { name: p }
spec: { maxUnavailable: "%", selector: {} }
)");
  make_fixes(odd, {}, Level::kNote);
}

struct Edge {
  const char* what;
  std::string path;
  json value;
  const char* finds;  ///< rule ids with commas, in their order
};

std::string ids_of(const std::vector<Finding>& findings) {
  Words ids;
  for (const Finding& finding : findings) ids.push_back(finding.rule);
  return join(ids, ",");
}

TEST(Rules, KnowTheirBorders) {
  const std::string pod = "/spec/template/spec", update = "/spec/strategy/rollingUpdate";
  const auto sleep = [](int64_t seconds) { return json{{"sleep", {{"seconds", seconds}}}}; };
  const auto shell = [](const char* script) { return json{"sh", "-c", script}; };
  const auto variable = [](const char* name, const char* value) {
    return json{{"name", name}, {"value", value}};
  };
  for (const Edge& edge : std::vector<Edge>{
           {"good", "/spec/replicas", 2, ""},
           {"hook as long as the sync", kContainer + "/lifecycle/preStop", sleep(2), "prestop-short"},
           {"hook longer than the sync", kContainer + "/lifecycle/preStop", sleep(3), ""},
           {"a hook that cannot be read",
            kContainer + "/lifecycle/preStop",
            {{"exec", {{"command", {"/drain"}}}}},
            ""},
           {"an httpGet of 1 s",
            kContainer + "/lifecycle/preStop",
            {{"httpGet", {{"path", "/stop?delay=1s"}, {"port", 1}}}},
            "prestop-short"},
           {"an httpGet of 4 s",
            kContainer + "/lifecycle/preStop",
            {{"httpGet", {{"path", "/stop?seconds=4"}, {"port", 1}}}},
            ""},
           {"hook and requests fill the grace period", pod + "/terminationGracePeriodSeconds", 15,
            "grace-period"},
           {"a second more", pod + "/terminationGracePeriodSeconds", 16, ""},
           {"drain-timeout counts", kContainer + "/args", {"--drain-timeout=55s"}, "grace-period"},
           {"so does its variable", kContainer + "/env", json::array({variable("DRAIN_TIMEOUT", "55")}),
            "grace-period"},
           {"graceful=on", kContainer + "/args", {"--graceful=on"}, ""},
           {"graceful=off", kContainer + "/args", {"--graceful=off"}, "graceful-stop-off"},
           {"GRACEFUL_SHUTDOWN=false", kContainer + "/env",
            json::array({variable("GRACEFUL_SHUTDOWN", "false")}), "graceful-stop-off"},
           {"a shell with exec", kContainer + "/command", shell("cd /app; exec ./app"), ""},
           {"a shell with a trap", kContainer + "/command", shell("trap 'kill $p' TERM\n./app & p=$!\nwait"),
            ""},
           {"a shell without", kContainer + "/command", shell("cd /app; ./app"), "command-shell"},
           {"a script is not judged", kContainer + "/command", {"/bin/sh", "/entry.sh"}, ""},
           {"equal periods, a higher threshold", kContainer + "/livenessProbe/periodSeconds", 3, ""},
           {"a shorter period", kContainer + "/livenessProbe/periodSeconds", 2, "liveness-impatient"},
           {"no more patience than readiness", kContainer + "/readinessProbe/failureThreshold", 20,
            "liveness-impatient"},
           {"liveness may begin first when it is patient", kContainer + "/readinessProbe/initialDelaySeconds",
            5, "liveness-early"},
           {"one unavailable", update + "/maxUnavailable", 1, "max-unavailable"},
           {"a share that rounds down to none", update + "/maxUnavailable", "49%", ""},
           {"one more", update + "/maxSurge", 1, ""},
           {"all twice", update + "/maxSurge", "100%", "max-surge"},
           {"a URL without limits", kContainer + "/env", json::array({variable("API_URL", "http://api")}),
            "upstream-timeout"},
           {"a URL with one", kContainer + "/env",
            json::array({variable("API_URL", "http://api"), variable("API_TIMEOUT", "3s")}), ""},
           {"a URL of the same pod", kContainer + "/env",
            json::array({variable("API_URL", "http://127.0.0.1:5432")}), ""},
           {"a URL of no request", kContainer + "/env", json::array({variable("DB_URL", "postgres://db")}),
            ""},
       }) {
    EXPECT_EQ(ids_of(audit(good_with(edge.path, edge.value), {})), edge.finds) << edge.what;
  }
}

TEST(Rules, HearOptions) {
  Options slow;
  slow.endpoint_sync = milliseconds(8'000);
  EXPECT_EQ(ids_of(audit(input_of(kGood), slow)), "prestop-short");
  Options patient;
  patient.longest_request = milliseconds(55'000);
  EXPECT_EQ(ids_of(audit(input_of(kGood), patient)), "grace-period");
  const Fixes fixes = make_fixes(input_of(kGood), patient, Level::kWarning);
  EXPECT_EQ(fixes.patches.at(0).operations.dump(),
            R"([{"op":"add","path":"/spec/template/spec/terminationGracePeriodSeconds","value":90}])");
}

TEST(Rules, JudgeTheHookThatUsesUpTheGracePeriodAsAnError) {
  const Input input = good_with(kContainer + "/lifecycle/preStop/sleep/seconds", 60);
  const auto findings = audit(input, {});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Level::kError);
  EXPECT_EQ(findings[0].why,
            "the hook takes 60 s and the longest request 10 s, the grace period is 60 s: SIGKILL cuts off "
            "what is still being answered");
}

TEST(Rules, AskForLivenessLessWhereReadinessDiverts) {
  Input input = input_of(kGood);
  json& container = input.objects[0]["spec"]["template"]["spec"]["containers"][0];
  container.erase("livenessProbe");
  ASSERT_EQ(ids_of(audit(input, {})), "liveness-missing");
  EXPECT_EQ(audit(input, {})[0].level, Level::kNote);
  container.erase("readinessProbe");
  ASSERT_EQ(ids_of(audit(input, {})), "readiness-missing,liveness-missing");
  EXPECT_EQ(audit(input, {})[1].level, Level::kWarning);
  EXPECT_EQ(lines_of(audit({make_fixes(input, {}, Level::kWarning).objects, {}}, {})), Words{})
      << "both were asked for";
}

TEST(Fixes, KeepUpWithEachOther) {
  Input input = good_with("/spec/template/spec/terminationGracePeriodSeconds", 14);
  input.objects[0]["spec"]["template"]["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] =
      1;
  const Fixes fixes = make_fixes(input, {}, Level::kWarning);
  EXPECT_EQ(lines_of(fixes.left), Words{});
  const json& pod = fixes.objects[0]["spec"]["template"]["spec"];
  EXPECT_EQ(int_at(pod, {"terminationGracePeriodSeconds"}), 60) << "14 s were enough for the hook of 1 s";
  EXPECT_EQ(int_at(pod["containers"][0], {"lifecycle", "preStop", "sleep", "seconds"}), 5);
}

TEST(Fixes, DoNotTakeAHooksOtherWorkAway) {
  const auto hook = [](const json& command) {
    return make_fixes(good_with(kContainer + "/lifecycle/preStop", {{"exec", {{"command", command}}}}), {},
                      Level::kWarning);
  };
  for (const json& command : {json{"sleep", "1"}, json{"/bin/sh", "-c", "sleep 1"}})
    EXPECT_TRUE(hook(command).left.empty()) << command;
  for (const json& command :
       {json{"sh", "-c", "sleep 1; nginx -s quit"}, json{"sh", "-c", "nginx -s quit && sleep 1"}}) {
    EXPECT_TRUE(hook(command).patches.empty()) << command;
    EXPECT_EQ(hook(command).left.size(), 1U) << command;
  }
}

TEST(Overlay, NamesItsBaseAndHasAPatchFileForEachObject) {
  const Input input = input_of(planted_text("rollout.yaml"));
  const Fixes fixes = make_fixes(input, {}, Level::kWarning);
  const auto files = overlay_of(input, fixes, "../base");
  ASSERT_GE(files.size(), 2U);
  EXPECT_EQ(files[0].name, "kustomization.yaml");
  auto kustomization = parse_yaml(files[0].content, "kustomization");
  ASSERT_TRUE(kustomization);
  EXPECT_EQ(at(*kustomization, {"resources"}), json::array({"../base"}));
  EXPECT_EQ(array_at(*kustomization, {"patches"}).size(), files.size() - 1);
  EXPECT_NE(files[0].content.find("  - path: rollout-canary.json\n    target:\n      group: "
                                  "\"argoproj.io\"\n      version: \"v1alpha1\"\n"
                                  "      kind: \"Rollout\"\n      name: \"canary\"\n"),
            std::string::npos)
      << files[0].content;
  const auto standalone = overlay_of(input, fixes, "");
  EXPECT_EQ(standalone[1].name, "objects.yaml");
  auto objects = parse_yaml_documents(standalone[1].content, "objects");
  ASSERT_TRUE(objects);
  EXPECT_EQ(*objects, input.objects);
}

TEST(WrittenForm, LeavesOutWhatTheServerAdds) {
  const json live = json::parse(
      R"({"kind":"Deployment","metadata":{"name":"a","uid":"u","resourceVersion":"3","managedFields":[],
    "creationTimestamp":"x","annotations":{"deployment.kubernetes.io/revision":"1"}},"spec":{},"status":{"replicas":1}})");
  EXPECT_EQ(written_form(live).dump(), R"({"kind":"Deployment","metadata":{"name":"a"},"spec":{}})");
}

TEST(WrittenForm, LeavesOutAGracePeriodThatNobodySet) {
  const std::string fields = R"({"f:spec":{"f:template":{"f:spec":{"f:containers":{}}}}})";
  const std::string with_it =
      R"({"f:spec":{"f:template":{"f:spec":{"f:terminationGracePeriodSeconds":{}}}}})";
  const auto kept = [](const std::string& metadata) {
    const json live = json::parse(R"({"kind":"Deployment","metadata":)" + metadata +
                                  R"(,"spec":{"template":{"spec":{"terminationGracePeriodSeconds":30}}}})");
    return at(written_form(live), {"spec", "template", "spec"}).contains("terminationGracePeriodSeconds");
  };
  const auto managed = [](const std::string& operation, const std::string& set) {
    return R"({"managedFields":[{"operation":")" + operation + R"(","fieldsV1":)" + set + "}]}";
  };
  EXPECT_TRUE(kept("{}")) << "nobody knows";
  EXPECT_TRUE(kept(managed("Update", fields))) << "an update may have left it as it was";
  EXPECT_TRUE(kept(managed("Apply", with_it)));
  EXPECT_FALSE(kept(managed("Apply", fields)));
  const std::string applied = R"({"annotations":{"kubectl.kubernetes.io/last-applied-configuration":)";
  EXPECT_FALSE(kept(applied + R"("{\"spec\":{}}"}})"));
  EXPECT_TRUE(
      kept(applied + R"("{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":30}}}}"}})"));
}

TEST(WrittenForm, KnowsWhatSomebodyWrote) {
  EXPECT_TRUE(is_written(json::parse(R"({"kind":"Pod","metadata":{"name":"a"}})")));
  EXPECT_FALSE(is_written(
      json::parse(R"({"kind":"Pod","metadata":{"name":"a","ownerReferences":[{"kind":"ReplicaSet"}]}})")));
  EXPECT_FALSE(is_written(json::parse(R"({"kind":"ConfigMap","metadata":{"name":"kube-root-ca.crt"}})")));
}

}  // namespace
}  // namespace zdt::audit
