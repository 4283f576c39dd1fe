// The command line run whole, in process: a project folder of its own, a fake terminal, no cluster.
#pragma once
#include <gtest/gtest.h>

#include "base/json.h"
#include "cli/cli.h"
#include "fake_terminal.h"
#include "host/host.h"

namespace zdt::cli {

using Words = std::vector<std::string>;

class CliTest : public testing::Test {
 protected:
  CliTest() {
    host.environment["HOME"] = folder.path().string();
    write("deploy.lua", R"(
      return zdt.script { name = "deploy", title = "Deploy it", about = "About deploying.",
        params = { tag = "v1", rate = 50 },
        zdt.step { "Apply the manifests", checkpoint = "applied", notes = "Look here.",
          run = function(s) zdt.log("applied " .. s.params.tag .. " at " .. s.params.rate) end, undo = function() zdt.log "undone" end },
        zdt.step { "Wait for it", run = function() zdt.log "waited" zdt.expect("ready", 3):equals(3) end },
        zdt.step { "Check it", run = function() zdt.log "checked" end } })");
  }

  void write(const std::string& file, const std::string& text) {
    ASSERT_TRUE(host::write_file(host.root / "scripts" / file, text));
  }
  /// A script of one step called `name` that does this.
  void write_step(const std::string& name, const std::string& body) {
    write(name + ".lua", "return zdt.script { name = \"" + name +
                             "\", zdt.step { \"Step\", run = function(s) " + body + " end } }");
  }

  /// The exit code; what was written is in out() and err().
  int run(Words arguments) {
    terminal.out.clear();
    terminal.err.clear();
    return run_command_line(host, std::move(arguments));
  }
  const std::string& out() const { return terminal.out; }
  const std::string& err() const { return terminal.err; }
  bool said(std::string_view part) const {
    return out().find(part) != std::string::npos || err().find(part) != std::string::npos;
  }
  std::string everything() const { return "stdout:\n" + out() + "\nstderr:\n" + err(); }

  /// Standard output as the one document that it must be.
  json document() const {
    json parsed = json::parse(out(), nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << everything();
    EXPECT_EQ(int_at(parsed, {"version"}), 1) << everything();
    return parsed;
  }
  std::vector<host::fs::path> run_folders() const {
    std::vector<host::fs::path> folders;
    std::error_code none;
    for (const auto& entry : host::fs::directory_iterator(host.state / "runs", none))
      folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    return folders;
  }

  host::TempDir folder{"zdt-cli-test"};
  asio::io_context loop;
  FakeTerminal terminal;
  host::Host host{
      loop, terminal, {}, folder.path() / "root", folder.path(), folder.path(), folder.path() / "state"};
};

}  // namespace zdt::cli
