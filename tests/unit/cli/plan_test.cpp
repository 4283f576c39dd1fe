// show --commands and run --dry-run, whole and in process.
#include "unit/cli/cli_world.h"

namespace zdt::cli {
namespace {

class PlanTest : public CliTest {
 protected:
  void SetUp() override {
    write("install.lua", R"(
      return zdt.script { name = "install", title = "Install it", params = { replicas = 3, broken = false },
        finally = function() zdt.k8s.delete("configmap", "c") end,
        zdt.step { "Make it", run = function(s)
          s.target:up()
          zdt.k8s.apply { apiVersion = "v1", kind = "ConfigMap", metadata = { name = "c" }, data = { replicas = tostring(s.params.replicas) } }
        end },
        zdt.step { "Look", run = function(s)
          if s.params.broken then error("a mistake") end
          zdt.shell({ "echo", "two words" }, { input = "in" })
          zdt.expect("pods", #zdt.k8s.list("pods")):equals(s.params.replicas)
        end } })");
  }
};

TEST_F(PlanTest, TellsEachStepsCommandsAndCallsAndMakesNone) {
  EXPECT_EQ(run({"show", "install", "--on", "rehearsal", "--commands", "--set", "replicas=5"}), 0)
      << everything();
  for (const char* line :
       {"install on rehearsal: Install it", "  1. Make it  (make-it)\n     Target:up  install.lua:5\n",
        "       $ zdt-demo cluster up\n", "       > GET /api/v1/namespaces/default/configmaps/c\n",
        "> PATCH "
        "/api/v1/namespaces/default/configmaps/c?fieldManager=zdt-demo&force=true&fieldValidation=Strict  # "
        "ConfigMap/c\n",
        "/kubeconfig echo 'two words' <<'EOF'\nin\nEOF\n", "       ? pods: 5\n",
        "  3. At the end, whatever happened  (finally)\n",
        "> DELETE /api/v1/namespaces/default/configmaps/c\n"}) {
    EXPECT_TRUE(said(line)) << line << "\n" << everything();
  }
  EXPECT_FALSE(host::fs::exists(host.state)) << "nothing was done";
}

TEST_F(PlanTest, IsOneDocumentAsJson) {
  EXPECT_EQ(run({"run", "install", "--on", "kind", "--dry-run", "--only", "look", "-o", "json"}), 0)
      << everything();
  const json plan = document();
  EXPECT_EQ(string_at(plan, {"metadata", "target"}), "kind");
  ASSERT_EQ(plan["steps"].size(), 2u) << "the selected one, and the script's finally";
  const json& command = plan["steps"][0]["items"][0];
  EXPECT_EQ(command["argv"], json::array({"echo", "two words"}));
  EXPECT_EQ(string_at(command, {"by"}), "zdt.shell");
}

TEST_F(PlanTest, AnErrorOfTheScriptIsToldWithItsStepAndWhatWasPlannedUntilThen) {
  EXPECT_EQ(run({"show", "install", "--on", "rehearsal", "--commands", "--set", "broken=true", "-o", "json"}),
            2)
      << everything();
  const json plan = document();
  EXPECT_EQ(string_at(plan, {"metadata", "status"}), "error");
  EXPECT_TRUE(
      string_at(plan, {"metadata", "error", "what"}).starts_with("step \"look\": install.lua:9: a mistake"))
      << plan.dump(2);
  EXPECT_EQ(plan["steps"].size(), 2u);
  EXPECT_EQ(run({"show", "install", "--on", "nowhere", "--commands"}), 2);
  EXPECT_EQ(run({"show", "install", "--on", "rehearsal", "--commands", "--set", "replicas=many"}), 2);
}

}  // namespace
}  // namespace zdt::cli
