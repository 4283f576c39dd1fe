// What machines read: one JSON document, events as lines, report files, on every way out.
#include "base/text.h"
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class OutputsTest : public CliTest {
 protected:
  OutputsTest() {
    write_step("failing", "zdt.expect('failed requests', 2):equals(0)");
    write("needy.lua",
          "return zdt.script { name = 'needy', needs = { 'gone' }, zdt.step { 'S', run = print } }");
    write("broken.lua", "return (");
    write("late.lua",
          "return zdt.script { name = 'late', zdt.step { 'S', timeout = '20ms', run = function() zdt.sleep "
          "'1h' end } }");
    kubeconfig = (folder.path() / "kubeconfig").string();
    EXPECT_TRUE(host::write_file(kubeconfig, R"({"apiVersion": "v1", "kind": "Config", "current-context": "c",
      "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}], "users": [{"name": "u", "user": {"token": "t"}}],
      "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]})"));
  }
  /// Every way out that one command line can take, with its exit code.
  std::vector<std::pair<Words, int>> ways_out() const {
    return {{{"run", "deploy"}, 0},
            {{"run", "failing"}, 1},
            {{"run", "late"}, 4},
            {{"run", "nothing-like-it"}, 2},
            {{"run", "broken"}, 2},
            {{"run", "needy"}, 2},
            {{"run", "deploy", "--set", "rate=fast"}, 2},
            {{"run", "deploy", "--from", "nowhere"}, 2},
            {{"run", "deploy", "--on", "nowhere"}, 2},
            {{"run", "deploy", "--timeout", "soon"}, 2},
            {{"run", "deploy", "--on", "context:c", "--kubeconfig", kubeconfig, "--ci"}, 3},
            {{"resume", "no-such-run"}, 2},
            {{"resume"}, 2}};
  }
  std::string kubeconfig;
};

TEST_F(OutputsTest, JsonIsExactlyOneDocumentOnEveryWayOut) {
  for (auto [arguments, code] : ways_out()) {
    host::fs::remove_all(host.state);
    arguments.insert(arguments.end(), {"-o", "json"});
    EXPECT_EQ(run(arguments), code) << everything();
    const std::string status = string_at(document(), {"metadata", "status"});
    EXPECT_EQ(status, code == 0 ? "passed" : code == 1 ? "failed" : "error") << everything();
    EXPECT_TRUE(code == 0 || err() != "") << "the reason belongs on stderr too";
  }
}

TEST_F(OutputsTest, JsonIsOneDocumentForMistakesOfTheCommandLineToo) {
  for (const Words& arguments : std::vector<Words>{{"run", "deploy", "-o", "json", "--bogus"},
                                                   {"run", "-o", "json"},
                                                   {"run", "deploy", "--output=json", "--color", "maybe"},
                                                   {"run", "deploy", "--output", "json", "--report", "xml=x"},
                                                   {"resume", "-ojson", "a", "b"}}) {
    EXPECT_EQ(run(arguments), 2) << everything();
    EXPECT_EQ(string_at(document(), {"metadata", "error", "code"}), "usage") << everything();
  }
}

TEST_F(OutputsTest, TheJsonDocumentOfAnEarlyErrorSaysWhatItWas) {
  EXPECT_EQ(run({"run", "depoly", "-o", "json"}), 2);
  EXPECT_EQ(at(document(), {"metadata", "error"}),
            json::parse(
                R"({"code":"usage","what":"there is no script \"depoly\"","hint":"did you mean deploy?"})"));
}

TEST_F(OutputsTest, DryRunWithJsonIsOneDocument) {
  EXPECT_EQ(run({"run", "deploy", "--dry-run", "-o", "json"}), 0);
  EXPECT_EQ(json::parse(out())["steps"].size(), 3u);
  EXPECT_EQ(run({"run", "depoly", "--dry-run", "-o", "json"}), 2);
  EXPECT_EQ(string_at(document(), {"metadata", "status"}), "error");
}

TEST_F(OutputsTest, NdjsonIsOneEventALine) {
  EXPECT_EQ(run({"run", "failing", "-o", "ndjson"}), 1);
  std::istringstream lines(out());
  std::vector<std::string> types;
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    EXPECT_EQ(event["seq"], types.size() + 1);
    types.push_back(event["type"].get<std::string>());
  }
  EXPECT_EQ(types, (Words{"run-started", "step-started", "assertion", "step-finished", "run-finished"}));
}

TEST_F(OutputsTest, NdjsonHasNothingElseOnStandardOutput) {
  for (auto [arguments, code] : ways_out()) {
    arguments.insert(arguments.end(), {"-o", "ndjson"});
    run(arguments);
    std::istringstream lines(out());
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(json::accept(line)) << line;
  }
}

TEST_F(OutputsTest, QuietIsOneLineOnEveryWayOut) {
  for (auto [arguments, code] : ways_out()) {
    arguments.insert(arguments.end(), {"-o", "quiet"});
    run(arguments);
    EXPECT_EQ(std::count(out().begin(), out().end(), '\n'), 1) << everything();
  }
}

TEST_F(OutputsTest, TextSaysAnEarlyErrorWithItsHintOnce) {
  EXPECT_EQ(run({"run", "depoly"}), 2);
  const std::string all = out() + err();
  const size_t first = all.find("there is no script");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(all.find("there is no script", first + 1), std::string::npos) << all;
  EXPECT_TRUE(said("did you mean deploy?")) << all;
  EXPECT_NE(out(), "") << "the last line on stdout says how it ended";
}

TEST_F(OutputsTest, ReportsAreWrittenOnEveryWayOut) {
  int number = 0;
  for (auto [arguments, code] : ways_out()) {
    host::fs::create_directory(folder.path() / std::to_string(++number));
    const auto junit = folder.path() / fmt::format("{}/out.xml", number),
               document = folder.path() / fmt::format("{}/out.json", number);
    arguments.insert(arguments.end(),
                     {"--report", "junit=" + junit.string(), "--report", "json=" + document.string()});
    run(arguments);
    const auto xml = host::read_file(junit), text = host::read_file(document);
    ASSERT_TRUE(xml && text) << join(arguments, " ");
    EXPECT_NE(xml->find("<testsuites"), std::string::npos) << *xml;
    EXPECT_EQ(json::parse(*text)["metadata"]["status"] == "passed", code == 0);
  }
}

TEST_F(OutputsTest, AReportThatCannotBeWrittenIsTold) {
  EXPECT_EQ(run({"run", "deploy", "--report", "junit=/dev/full"}), 3);
  EXPECT_NE(err().find("cannot write /dev/full: No space left on device"), std::string::npos) << err();
  EXPECT_EQ(run({"run", "failing", "--report", "junit=/dev/full"}), 3) << "it counts more than a failed assertion";
}

TEST_F(OutputsTest, EveryReportThatCannotBeWrittenIsNamed) {
  host::fs::create_symlink("/dev/full", folder.path() / "full");
  EXPECT_EQ(run({"run", "deploy", "--report", "junit=/dev/full", "--report", "json=" + (folder.path() / "full").string()}), 3);
  EXPECT_TRUE(said("cannot write /dev/full: ")) << err();
  EXPECT_TRUE(said("cannot write " + (folder.path() / "full").string())) << err();
}

TEST_F(OutputsTest, AReportIntoAMissingFolderIsRefusedBeforeTheRun) {
  for (const std::string& path : {std::string("/proc/none/out.xml"), (folder.path() / "none/out.xml").string(),
                                  (folder.path() / "root").string()}) {
    EXPECT_EQ(run({"run", "deploy", "--report", "junit=" + path}), 2) << path;
    EXPECT_TRUE(said(path)) << everything();
    EXPECT_TRUE(run_folders().empty());
    EXPECT_FALSE(said("applied")) << everything();
  }
}

TEST_F(OutputsTest, EveryReportThatIsRefusedBeforeTheRunIsNamed) {
  EXPECT_EQ(run({"run", "deploy", "--report", "junit=/proc/none/out.xml", "--report", "json=/proc/none/out.json"}), 2);
  EXPECT_TRUE(said("/proc/none/out.xml: ") && said("/proc/none/out.json: ")) << everything();
  EXPECT_TRUE(run_folders().empty());
}

TEST_F(OutputsTest, AnInternalErrorStillWritesTheDocument) {
  write_step("state", "zdt.log 'x'");
  ASSERT_TRUE(host::write_file(host.state, "a file where the folder of the runs would be"));
  EXPECT_EQ(run({"run", "state", "-o", "json"}), 3);
  EXPECT_EQ(string_at(document(), {"metadata", "status"}), "error");
}

}  // namespace zdt::cli
