// `run all` with scripts that need no cluster.
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class RunAllTest : public CliTest {
 protected:
  RunAllTest() {
    host::fs::remove(host.root / "scripts/deploy.lua");
    write("deploy-all.lua", R"(return zdt.script { name = "deploy-all", params = { tag = "v1" },
      zdt.step { "Deploy", checkpoint = "deployed", run = function(s) zdt.log("deployed " .. s.params.tag) end,
        verify = function() return true end } })");
    write_step("teardown", "zdt.log 'torn down'");
    write("experiments/first.lua", member("first", "zdt.log('first ' .. s.params.speed)"));
    write("labs/second.lua", member("second", "zdt.log('second ' .. s.params.speed)"));
  }
  static std::string member(const std::string& name, const std::string& body) {
    return fmt::format(R"(return zdt.script {{ name = "{}", params = {{ speed = "normal" }},
      zdt.step {{ "Step", run = function(s) {} end }} }})", name, body);
  }
  int run_all(Words more = {}) {
    Words words{"run", "all", "--ci", "--on", "rehearsal"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  /// Which of these words were logged, in the order of the output.
  std::string logged() const {
    std::map<size_t, std::string> places;
    for (const char* word : {"deployed", "first normal", "first fast", "second normal", "second fast", "torn down"}) {
      if (const size_t at = out().find(word); at != std::string::npos) places[at] = word;
    }
    std::string text;
    for (const auto& [at, word] : places) text += (text.empty() ? "" : ", ") + word;
    return text;
  }
};

TEST_F(RunAllTest, RunsDeployAllThenEveryScriptThenTeardownAndSumsUp) {
  EXPECT_EQ(run_all({"--set", "speed=fast", "--report", "junit=" + (folder.path() / "out.xml").string()}), 0) << everything();
  EXPECT_EQ(logged(), "deployed, first fast, second fast, torn down");
  EXPECT_TRUE(said("4 scripts: 4 passed, 0 did not")) << everything();
  const std::string xml = host::read_file(folder.path() / "out.xml").value();
  for (const char* suite : {"name=\"deploy-all\"", "name=\"first\"", "name=\"second\"", "name=\"teardown\""}) {
    EXPECT_NE(xml.find(suite), std::string::npos) << xml;
  }
  EXPECT_EQ(run_folders().size(), 4u);
}

TEST_F(RunAllTest, KeepLeavesTheTeardownOut) {
  EXPECT_EQ(run_all({"--keep"}), 0);
  EXPECT_EQ(logged(), "deployed, first normal, second normal");
}

TEST_F(RunAllTest, GoesOnAfterAFailureWithTheExitCodeThatCountsMost) {
  write("experiments/first.lua", member("first", "zdt.expect('lost', 2):equals(0)"));
  EXPECT_EQ(run_all(), 1);
  EXPECT_EQ(logged(), "deployed, second normal, torn down");
  EXPECT_TRUE(said("4 scripts: 3 passed, 1 did not; first: first failed: lost: want 0, got 2")) << everything();
  EXPECT_EQ(run_all({"--fail-fast"}), 1);
  EXPECT_EQ(logged(), "deployed, torn down");

  write("labs/second.lua", member("second", "local x x.y = 1"));
  EXPECT_EQ(run_all(), 2) << "a script error counts more than a failed assertion";
}

TEST_F(RunAllTest, StopsWhenDeployAllFailsAndStillTearsDown) {
  write_step("deploy-all", "zdt.fail('no')");
  EXPECT_EQ(run_all(), 1);
  EXPECT_EQ(logged(), "torn down");
}

TEST_F(RunAllTest, RefusesWhatIsForOneScript) {
  EXPECT_EQ(run_all({"--from", "step"}), 2);
  EXPECT_TRUE(said("--from is for one script, not for all")) << everything();
  EXPECT_EQ(run_all({"--set", "sped=fast"}), 2);
  EXPECT_TRUE(said("--set sped=fast: no script has a parameter of that name")) << everything();
  EXPECT_EQ(logged(), "");
}

}  // namespace zdt::cli
