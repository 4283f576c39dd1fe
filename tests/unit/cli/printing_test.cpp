// What is printed: harmless for terminals and CI systems, and told when it cannot be.
#include <array>
#include <cerrno>

#include "unit/cli/cli_world.h"

namespace zdt::cli {

/// Names and texts that somebody wrote who wants to do harm to whoever sees them.
const std::array<std::string, 14> kHostile{"\x1b[2J\x1b[31mred",
                                           "\x1b]0;title\x07",
                                           "\x1b]8;;http://evil\x1b\\link",
                                           "\xC2\x9B"
                                           "31mC1",
                                           "bell\x07 back\x08 del\x7f",
                                           "one\rtwo",
                                           "\n::add-mask::secret",
                                           "\n   ::set-env name=x::y",
                                           "\n##[add-path]/tmp",
                                           "##vso[task.setvariable variable=x]y",
                                           "##teamcity[message text='x']",
                                           "\xE2\x80\xAEright to left",
                                           "\xff\xfe broken",
                                           "\xED\xA0\x80 surrogate"};

class PrintingTest : public CliTest {
 protected:
  /// Empty when `text` does no harm, else what is in it.
  static std::string harm_in(const std::string& text) {
    std::string harm;
    for (const char* bad : {"\x1b", "\x07", "\x08", "\x7f", "\r", "\xC2\x9B", "\xE2\x80\xAE", "\xff", "\xED\xA0\x80", "##[", "##vso[",
                            "##teamcity["}) {
      if (text.find(bad) != std::string::npos) harm += fmt::format("{} is in it; ", json(bad).dump(-1, ' ', true, json::error_handler_t::replace));
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const size_t begin = line.find_first_not_of(" \t");
      if (begin != std::string::npos && line.compare(begin, 2, "::") == 0) harm += "a line is a command: " + line;
    }
    return harm;
  }
  void expect_harmless(const Words& arguments) {
    run(arguments);
    EXPECT_EQ(harm_in(out()), "") << everything();
    EXPECT_EQ(harm_in(err()), "") << everything();
    EXPECT_NE(out() + err(), "");
  }
  /// As a Lua string.
  static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) result += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    return result + "\"";
  }
  std::string manifest(const std::string& name) {
    const auto file = folder.path() / "manifest.yaml";
    json object{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"metadata", {{"name", name}}}};
    object["spec"]["template"]["spec"]["containers"] = {{{"name", name}, {"image", name}}};
    EXPECT_TRUE(host::write_file(file, object.dump(-1, ' ', false, json::error_handler_t::replace)));
    return file.string();
  }
};

TEST_F(PrintingTest, NothingThatAScriptSaysDoesHarm) {
  for (const std::string& hostile : kHostile) {
    const std::string text = quoted(hostile);
    write("bad.lua", fmt::format(R"(return zdt.script {{ name = "bad", title = {0}, about = {0}, needs = {{}}, params = {{ p = {0} }},
      zdt.step {{ {0} .. "a", id = "s", notes = {0}, run = function(s)
        zdt.log({0}) zdt.warn({0}) print({0}) zdt.observe({0}, {0})
        zdt.table {{ title = {0}, columns = {{ {0} }}, rows = {{ {{ {0} }} }} }}
        zdt.expect({0}, {0}):equals("x") zdt.fail({0}, {0}) end }},
      finally = function() error({0}) end }})", text));
    for (const char* format : {"text", "json", "ndjson", "quiet"}) expect_harmless({"run", "bad", "-o", format});
    expect_harmless({"run", "bad", "--report", "junit=" + (folder.path() / "r.xml").string(), "--report", "json=" + (folder.path() / "r.json").string()});
    EXPECT_EQ(harm_in(*host::read_file(folder.path() / "r.xml")), "") << hostile;
    EXPECT_EQ(harm_in(*host::read_file(folder.path() / "r.json")), "") << hostile;
    EXPECT_TRUE(json::accept(*host::read_file(folder.path() / "r.json")));
    for (const auto& run_folder : run_folders()) EXPECT_EQ(harm_in(*host::read_file(run_folder / "journal.jsonl")), "");
    host::fs::remove_all(host.state);
    expect_harmless({"show", "bad"});
    expect_harmless({"show", "bad", "--json"});
    expect_harmless({"show", "bad", "--commands"});
    expect_harmless({"run", "bad", "--dry-run", "-o", "json"});
    expect_harmless({"list"});
    expect_harmless({"list", "--json"});
    expect_harmless({"run", "bad", "--set", "p" + hostile});
  }
}

TEST_F(PrintingTest, NothingInACommandLineOrAManifestDoesHarm) {
  for (const std::string& hostile : kHostile) {
    expect_harmless({"run", hostile});
    expect_harmless({"run", hostile, "-o", "json"});
    expect_harmless({hostile});
    expect_harmless({"run", "deploy", "--" + hostile});
    expect_harmless({"resume", hostile});
    expect_harmless({"load", "http://127.0.0.1:1/" + hostile, "--requests", "1"});
    expect_harmless({"load", "http://127.0.0.1:1/" + hostile, "--requests", "1", "-o", "json"});
    expect_harmless({"audit", "/none/" + hostile});
    for (const char* format : {"text", "json", "sarif", "quiet"}) expect_harmless({"audit", manifest(hostile), "-o", format});
    const auto twice = folder.path() / "twice.yaml";
    ASSERT_TRUE(host::write_file(twice, "kind: X\n" + json(hostile).dump(-1, ' ', true, json::error_handler_t::replace) + ": 1\n" +
                                            json(hostile).dump(-1, ' ', true, json::error_handler_t::replace) + ": 1\n"));
    expect_harmless({"audit", twice.string()});
    expect_harmless({"audit", twice.string(), "-o", "json"});
  }
}

TEST_F(PrintingTest, JsonHasTheSameValueAsWhatWasSaid) {
  write_step("same", "zdt.observe('x', '\\u{9b}##[a]\\u{202e}\\u{2028}\\127')");
  EXPECT_EQ(run({"run", "same", "-o", "json"}), 0);
  EXPECT_EQ(at(document(), {"results"})[0]["steps"][0]["observations"][0]["value"], "\u009b##[a]\u202e\u2028\x7f");
}

TEST_F(PrintingTest, ColoursOfOursPassAndThoseOfOthersDoNot) {
  write_step("red", "zdt.log('\\27[31mred') zdt.expect('x', 1):equals(1)");
  run({"run", "red", "--color", "always"});
  EXPECT_NE(out().find("\x1b["), std::string::npos);
  EXPECT_EQ(out().find("\x1b[31mred"), std::string::npos);
}

/// Every command that prints something without a cluster.
const std::vector<Words> kPrint = {{"--help"},
                                   {"--version"},
                                   {"run", "--help"},
                                   {"list"},
                                   {"list", "--json"},
                                   {"show", "deploy"},
                                   {"show", "deploy", "--json"},
                                   {"show", "deploy", "--commands"},
                                   {"show", "deploy", "--commands", "-o", "json"},
                                   {"run", "deploy"},
                                   {"run", "deploy", "-o", "json"},
                                   {"run", "deploy", "-o", "ndjson"},
                                   {"run", "deploy", "-o", "quiet"},
                                   {"run", "deploy", "--list"},
                                   {"run", "deploy", "--dry-run"},
                                   {"cluster", "status"},
                                   {"cluster", "status", "--json"},
                                   {"audit", "MANIFEST", "-o", "text"},
                                   {"audit", "MANIFEST", "-o", "json"},
                                   {"audit", "MANIFEST", "-o", "sarif"},
                                   {"audit", "MANIFEST", "-o", "quiet"},
                                   {"load", "http://127.0.0.1:1/", "--requests", "1", "-o", "text"},
                                   {"load", "http://127.0.0.1:1/", "--requests", "1", "-o", "json"},
                                   {"load", "http://127.0.0.1:1/", "--requests", "1", "-o", "ndjson"},
                                   {"load", "http://127.0.0.1:1/", "--requests", "1", "-o", "quiet"}};

TEST_F(PrintingTest, WhatCannotBePrintedIsExitCodeThreeWithASentence) {
  for (Words arguments : kPrint) {
    for (std::string& word : arguments) word = word == "MANIFEST" ? manifest("web") : word;
    FakeTerminal full;
    full.out_fails_with = ENOSPC;
    host::Host there{loop, full, host.environment, host.root, host.build, host.tools, host.state, host.now};
    EXPECT_EQ(run_command_line(there, arguments), 3) << full.err;
    EXPECT_NE(full.err.find("cannot write to standard output: No space left on device"), std::string::npos)
        << arguments.front() << arguments.back() << full.err;
  }
}

TEST_F(PrintingTest, AScriptErrorAndAnInterruptionCountMoreThanWhatCannotBePrinted) {
  terminal.out_fails_with = ENOSPC;
  EXPECT_EQ(run({"run", "nothing", "-o", "json"}), 2);
}

TEST_F(PrintingTest, AReaderThatLeftGetsNoSentenceAnd141) {
  terminal.out_fails_with = EPIPE;
  EXPECT_EQ(run({"list"}), 141);
  EXPECT_EQ(err(), "");
}

TEST_F(PrintingTest, ARunGoesOnWhenItsReaderLeft) {
  terminal.out_fails_with = EPIPE;
  EXPECT_EQ(run({"run", "deploy"}), 141);
  ASSERT_EQ(run_folders().size(), 1u);
  EXPECT_NE(host::read_file(run_folders()[0] / "journal.jsonl")->find("\"run-finished\""), std::string::npos);
}

}  // namespace zdt::cli
