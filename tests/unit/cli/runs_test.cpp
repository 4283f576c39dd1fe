// runs: what is remembered, and what goes.
#include "stage/runs.h"
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class RunsCommand : public CliTest {};

TEST_F(RunsCommand, ListsTheRunsAndSaysWhenThereAreNone) {
  EXPECT_EQ(run({"runs"}), 0);
  EXPECT_TRUE(said("no runs below ")) << everything();
  ASSERT_EQ(run({"run", "deploy", "--on", "rehearsal"}), 0);
  EXPECT_EQ(run({"runs"}), 0);
  EXPECT_TRUE(said("deploy  rehearsal  passed")) << everything();
  EXPECT_EQ(run({"runs", "--json"}), 0);
  const json rows = json::parse(out());
  EXPECT_EQ(rows[0]["run"], run_folders()[0].filename().string());
  EXPECT_EQ(rows[0]["status"], "passed");
  EXPECT_EQ(rows[0]["resumable"], false);
}

TEST_F(RunsCommand, PruneKeepsAsManyAsItIsTold) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(run({"run", "deploy", "--on", "rehearsal"}), 0);
  EXPECT_EQ(run({"runs", "prune"}), 0);
  EXPECT_TRUE(said("removed 0 runs, 3 left")) << everything();
  EXPECT_EQ(run({"runs", "prune", "--keep", "1"}), 0);
  EXPECT_TRUE(said("removed 2 runs, 1 left")) << everything();
  EXPECT_EQ(run_folders().size(), 1u);
  EXPECT_EQ(run({"runs", "prune", "--keep", "-1"}), 2) << everything();
  EXPECT_EQ(run({"runs", "prune", "--keep", "few"}), 2) << everything();
}

TEST_F(RunsCommand, EachRunRemovesTheOldestAtItsEnd) {
  for (size_t i = 0; i < stage::kKeptRuns; ++i) {
    const auto old = host.state / "runs" / fmt::format("20200101T0000{:02}.000Z-deploy-aaaa", i);
    ASSERT_TRUE(host::write_file(old / "journal.jsonl",
                                 R"({"ts":"2020-01-01T00:00:00.000Z","seq":1,"type":"run-started","script":"deploy","step":"","format":1})"
                                 "\n"
                                 R"({"ts":"2020-01-01T00:00:00.000Z","seq":2,"type":"run-finished","script":"deploy","step":"","status":"passed"})"
                                 "\n"));
  }
  ASSERT_EQ(run({"run", "deploy", "--on", "rehearsal"}), 0);
  EXPECT_EQ(run_folders().size(), stage::kKeptRuns);
  EXPECT_EQ(run_folders().front().filename(), "20200101T000001.000Z-deploy-aaaa");
}

TEST_F(RunsCommand, WithoutUtf8NothingButAsciiIsWritten) {
  host.environment["LC_ALL"] = "C";
  const auto is_ascii = [](const std::string& text) { return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }); };
  terminal.is_terminal = true;
  for (const Words& words : std::vector<Words>{{"--help"}, {"run", "--help"}, {"load", "--help"}, {"runs"}, {"list"}, {"run", "deploy", "--step", "--on", "rehearsal"}}) {
    terminal.keys.clear();
    terminal.type("?n\n\n\n");
    run(words);
    EXPECT_TRUE(is_ascii(out()) && is_ascii(err())) << everything();
  }
  EXPECT_TRUE(said("> [1/3] Apply the manifests")) << everything();
  host.environment["LC_ALL"] = "C.UTF-8";
  terminal.type("Q");
  run({"run", "deploy", "--step", "--on", "rehearsal"});
  EXPECT_TRUE(said("▸ [1/3] Apply the manifests")) << everything();
}

}  // namespace zdt::cli
