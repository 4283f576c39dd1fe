#include "unit/cli/cli_world.h"

namespace zdt::cli {

using UsageTest = CliTest;

TEST_F(UsageTest, HelpAndVersionGoToStandardOutputAndExitZero) {
  EXPECT_EQ(run({"--help"}), 0);
  for (const char* command : {"list", "show", "run", "resume", "cluster", "setup", "bundle", "forward"})
    EXPECT_TRUE(said(command)) << out();
  EXPECT_EQ(run({"run", "--help"}), 0);
  EXPECT_NE(out().find("--until"), std::string::npos);
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(out().substr(0, 9), "zdt-demo ");
  EXPECT_EQ(err(), "");
}

TEST_F(UsageTest, ListShowsEveryScriptByTheNameThatRunTakes) {
  write("experiments/rollout.lua",
        "return zdt.script { name = 'rollout', title = 'Roll', needs = { 'deploy' }, zdt.step { 'S', run = "
        "print } }");
  write("zdt.d.lua", "not lua");
  write("lib/helper.lua", "return 1");
  EXPECT_EQ(run({"list"}), 0);
  EXPECT_EQ(out(), "deploy   Deploy it\nrollout  Roll  (needs deploy)\n");
  EXPECT_EQ(run({"list", "--json"}), 0);
  const json rows = json::parse(out());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["params"], json::parse(R"({"tag":"v1","rate":50})"));
  EXPECT_EQ(rows[1]["file"], "experiments/rollout.lua");
}

TEST_F(UsageTest, ListTakesTheFilesNameWhereTheScriptCallsItselfOtherwise) {
  write("other.lua", "return zdt.script { name = 'something-else', zdt.step { 'S', run = print } }");
  EXPECT_EQ(run({"list"}), 0);
  EXPECT_TRUE(said("other")) << out();
}

TEST_F(UsageTest, ABrokenScriptIsToldAndTheOthersAreListed) {
  write("broken.lua", "return (");
  EXPECT_EQ(run({"list"}), 2);
  EXPECT_EQ(out(), "deploy  Deploy it\n");
  EXPECT_NE(err().find("broken.lua:1:"), std::string::npos) << err();
}

TEST_F(UsageTest, ShowTellsTheStepsAndRunsNone) {
  EXPECT_EQ(run({"show", "deploy"}), 0);
  EXPECT_EQ(out(),
            "deploy: Deploy it\nAbout deploying.\n--set rate=50\n--set tag=v1\n\n"
            "  1. Apply the manifests  (apply-the-manifests)  [checkpoint applied]  [undo]\n     Look here.\n"
            "  2. Wait for it  (wait-for-it)\n  3. Check it  (check-it)\n");
  EXPECT_EQ(run({"show", "deploy", "--json"}), 0);
  EXPECT_EQ(json::parse(out())["steps"][0]["checkpoint"], "applied");
  EXPECT_TRUE(run_folders().empty());
}

TEST_F(UsageTest, DryRunShowsTheStepsAndRunsNone) {
  for (const char* flag : {"--dry-run", "--list"}) {
    EXPECT_EQ(run({"run", "deploy", flag}), 0);
    EXPECT_TRUE(said("(wait-for-it)")) << everything();
    EXPECT_FALSE(said("applied v1")) << everything();
  }
  EXPECT_TRUE(run_folders().empty());
}

struct Mistake {
  Words arguments;
  std::string says, next;
};

TEST_F(UsageTest, AMistakeExitsTwoAndNamesTheNearestWord) {
  host.environment["LANG"] = "C.UTF-8";
  for (const Mistake& mistake : std::vector<Mistake>{
           {{"rnu", "deploy"}, "rnu is unknown", "did you mean run?"},
           {{"lst"}, "lst is unknown", "did you mean list?"},
           {{"run", "deploy", "--form", "x"}, "--form is unknown", "did you mean --from?"},
           {{"run", "deploy", "--report-granularty=step"},
            "--report-granularty is unknown",
            "did you mean --report-granularity?"},
           {{"cluster", "staus"}, "staus is unknown", "did you mean status?"},
           {{"run", "depoly"}, "there is no script \"depoly\"", "did you mean deploy?"},
           {{"show", "depoly"}, "there is no script \"depoly\"", "did you mean deploy?"},
           {{"run", "deploy", "--from", "wait-for-ti"}, "no step \"wait-for-ti\"", "wait-for-it"},
           {{"run", "deploy", "--until", "chek-it"}, "no step \"chek-it\"", "check-it"},
           {{"run", "deploy", "--only", "x*"}, "x*", ""},
           {{"run", "deploy", "--set", "tga=1"}, "no such parameter", "did you mean --set tag=…?"},
           {{"run", "deploy", "--set", "rate=fast"}, "--set rate=fast: want a number", ""},
           {{"run", "deploy", "--set", "rate"}, "--set rate: want name=value", ""},
           {{"run", "deploy", "--set-file", "tag"}, "--set-file tag: want name=path", ""},
           {{"run", "deploy", "--set-file", "tag=/no/such/file"}, "/no/such/file", ""},
           {{"run", "deploy", "--on", "kid"}, "--on kid: no such target", "did you mean --on kind?"},
           {{"run", "deploy", "--report", "xml=/tmp/x"}, "--report xml=/tmp/x: no such report", "junit=PATH"},
           {{"run", "deploy", "--timeout", "soon"}, "--timeout: ", ""},
           {{"run", "deploy", "-e", "HOME"}, "want K=V, got \"HOME\"", "zdt-demo run --help"},
           {{"run", "deploy", "-e", "=x", "--dry-run"}, "want K=V, got \"=x\"", "zdt-demo run --help"},
           {{"run", "deploy", "--ci", "--step"}, "--step", "--ci"},
           {{"run", "deploy", "-o", "jsn"}, "jsn", "zdt-demo run --help"},
           {{"run", "deploy", "--color", "maybe"}, "maybe", "zdt-demo run --help"},
           {{"run"}, "script is required", "zdt-demo run --help"},
           {{}, "subcommand", "zdt-demo --help"},
           {{"run", "deploy", "more"}, "more", "zdt-demo run --help"},
       }) {
    EXPECT_EQ(run(mistake.arguments), 2) << everything();
    EXPECT_TRUE(said(mistake.says)) << mistake.says << "\n" << everything();
    EXPECT_TRUE(said(mistake.next)) << mistake.next << "\n" << everything();
  }
  EXPECT_TRUE(run_folders().empty()) << "a run that never began leaves nothing";
}

}  // namespace zdt::cli
