// Findings as text, JSON and SARIF.
#include "audit/outputs.h"

#include "unit/audit/audit_world.h"

namespace zdt::audit {
namespace {

using namespace testing;

Outcome faulty(Level level = Level::kWarning) {
  Input input = good_with("/spec/strategy/rollingUpdate/maxUnavailable", 2);
  input.objects[0]["spec"]["template"]["spec"]["containers"][0]["env"] =
      json::parse(R"([{"name":"A_URL","value":"http://a"}])");
  input.objects.pop_back();
  input.places = {{"web/kustomization.yaml", 1}, {"web/kustomization.yaml", 1}};
  input.dockerfiles.push_back({"app/Dockerfile", "FROM a\nENTRYPOINT a && b"});
  return outcome_of({{"web", "web/kustomization.yaml", 2}, {"app/Dockerfile", "app/Dockerfile", 1}}, {},
                    level, audit(input, {}));
}

TEST(AuditText, HasAParagraphForEachRuleThatFoundSomething) {
  EXPECT_EQ(text_of(faulty(), {}), R"(web: 2 objects
app/Dockerfile: 1 object

⚠ entrypoint-shell: the ENTRYPOINT or CMD has the shell form (warning)
    app/Dockerfile:2  ENTRYPOINT
      why  /bin/sh may be PID 1 and hand no SIGTERM on (dash stays, bash and busybox make way for the last command): the program works until SIGKILL ends it in the middle of its requests
      fix  the exec form, ENTRYPOINT ["program", "argument"], or exec before the program  [by hand]
    see  https://docs.docker.com/reference/build-checks/json-args-recommended/

✖ max-unavailable: an update takes pods away before new ones are ready (error)
    Deployment/web  /spec/strategy/rollingUpdate/maxUnavailable
      why  an update takes all of the 2 pods away before a new one is ready: every request in between fails
      fix  maxUnavailable 0, with maxSurge at least 1
    see  https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable

⚠ upstream-timeout: requests to an upstream have no time limit (warning)
    Deployment/web  /spec/template/spec/containers/0/env
      why  no variable of container app limits how long it connects to and reads from A_URL: when a pod there dies, its requests may hang until the connection times out, minutes later
      fix  a limit on connecting (2 s, say) and on reading, where the program takes them: A_CONNECT_TIMEOUT, A_READ_TIMEOUT if it reads those  [by hand]
    see  https://sre.google/sre-book/addressing-cascading-failures/

3 rules found 3 faults in 2 objects: 1 error, 2 warnings, 0 notes (1 below --level warning)
)");
  EXPECT_EQ(summary_of(faulty(Level::kError)),
            "1 rule found 1 fault in 1 object: 1 error, 0 warnings, 0 notes (3 below --level error)");
  EXPECT_EQ(text_of(outcome_of({}, {}, Level::kNote, {}), {}), "\nno findings\n");
}

TEST(AuditJson, HasEveryFindingWithItsPatchAndEveryRuleWithItsCount) {
  const json document = document_of(faulty(Level::kNote));
  EXPECT_EQ(string_at(document, {"outcome"}), "findings");
  EXPECT_EQ(document["findings"].size(), 4U);
  EXPECT_EQ(document["rules"].size(), rules().size());
  size_t counted = 0;
  for (const json& rule : document["rules"]) counted += rule["findings"].get<size_t>();
  EXPECT_EQ(counted, 4U);
  const json& second = document["findings"][1];
  EXPECT_EQ(second["object"],
            json({{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"namespace", ""}, {"name", "web"}}));
  EXPECT_EQ(second["fix"]["patch"].dump(),
            R"([{"op":"add","path":"/spec/strategy/rollingUpdate/maxUnavailable","value":0}])");
  EXPECT_EQ(document["summary"], json({{"errors", 1}, {"warnings", 2}, {"notes", 1}, {"below_level", 0}}));
  EXPECT_EQ(string_at(document_of(outcome_of({}, {}, Level::kNote, {})), {"outcome"}), "clean");
}

/// What the schema of SARIF 2.1.0 requires of the objects that we write, and what readers of it ask for
/// beyond.
TEST(AuditSarif, HasWhatTheFormatRequires) {
  const json log = sarif_of(faulty(Level::kNote));
  EXPECT_EQ(string_at(log, {"version"}), "2.1.0");
  EXPECT_FALSE(string_at(log, {"$schema"}).empty());
  ASSERT_EQ(array_at(log, {"runs"}).size(), 1U);
  const json& run = log["runs"][0];
  const json& descriptors = array_at(run, {"tool", "driver", "rules"});
  EXPECT_FALSE(string_at(run, {"tool", "driver", "name"}).empty());
  EXPECT_EQ(descriptors.size(), rules().size());
  for (const json& rule : descriptors) {
    EXPECT_FALSE(string_at(rule, {"id"}).empty());
    EXPECT_FALSE(string_at(rule, {"shortDescription", "text"}).empty());
    EXPECT_TRUE(level_named(string_at(rule, {"defaultConfiguration", "level"})).has_value());
  }
  ASSERT_EQ(array_at(run, {"results"}).size(), 4U);
  for (const json& result : run["results"]) {
    const auto index = static_cast<size_t>(int_at(result, {"ruleIndex"}, -1));
    ASSERT_LT(index, descriptors.size());
    EXPECT_EQ(descriptors[index]["id"], result["ruleId"]);
    EXPECT_FALSE(string_at(result, {"message", "text"}).empty());
    EXPECT_TRUE(level_named(string_at(result, {"level"})).has_value());
    ASSERT_EQ(array_at(result, {"locations"}).size(), 1U);
    const json& location = result["locations"][0];
    EXPECT_FALSE(string_at(location, {"physicalLocation", "artifactLocation", "uri"}).empty());
    EXPECT_GE(int_at(location, {"physicalLocation", "region", "startLine"}), 1);
    EXPECT_FALSE(string_at(location["logicalLocations"][0], {"fullyQualifiedName"}).empty());
  }
  const json& place = run["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(string_at(place, {"artifactLocation", "uri"}), "app/Dockerfile");
  EXPECT_EQ(int_at(place, {"region", "startLine"}), 2);
}

TEST(AuditSarif, NamesTheFileAndLineOfEachObject) {
  Input input = input_of(kGood);
  input.objects[0]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 2;
  input.objects[2]["spec"]["maxUnavailable"] = 0;
  input.places = {{"k8s/web.yaml", 2}, {"k8s/web.yaml", 26}, {"k8s/budget.yaml", 7}};
  const Outcome outcome = outcome_of({{"k8s", "k8s", 3}}, {}, Level::kWarning, audit(input, {}));
  const json log = sarif_of(outcome);
  const json& results = log["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2U);
  Words places;
  for (const json& result : results) {
    const json& place = result["locations"][0]["physicalLocation"];
    places.push_back(fmt::format("{}:{}", string_at(place, {"artifactLocation", "uri"}), int_at(place, {"region", "startLine"})));
  }
  EXPECT_EQ(places, (Words{"k8s/web.yaml:2", "k8s/budget.yaml:7"}));
  EXPECT_EQ(string_at(document_of(outcome)["findings"][1], {"file"}), "k8s/budget.yaml");
}

TEST(AuditText, SaysWhatWasNotJudged) {
  const Input input = input_of(kGood + "---\nkind: HelmRelease\nmetadata: { name: a }\n---\nkind: Job\nmetadata: { name: b }\n");
  const Outcome outcome = outcome_of({{"web", "web", 5}}, {}, Level::kWarning, audit(input, {}), coverage_of(input));
  EXPECT_EQ(text_of(outcome, {}), "web: 5 objects\n\nnot judged:\n    1 HelmRelease, 1 Job\n\nno findings\n");
  EXPECT_EQ(document_of(outcome)["not_judged"]["kinds"], json({{"HelmRelease", 1}, {"Job", 1}}));
}

TEST(AuditSarif, LiveObjectsHaveNoFile) {
  Outcome outcome = faulty();
  outcome.sources = {{"rehearsal, namespace default", "", 3}};
  outcome.findings.erase(outcome.findings.begin());
  for (Finding& finding : outcome.findings) finding.place = {};
  for (const json& result : sarif_of(outcome)["runs"][0]["results"]) {
    EXPECT_FALSE(result["locations"][0].contains("physicalLocation"));
  }
}

}  // namespace
}  // namespace zdt::audit
