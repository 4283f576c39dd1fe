#include "unit/script/script_world.h"

namespace zdt::script {

using SandboxTest = ScriptTest;

TEST_F(SandboxTest, WhatReachesTheMachineIsAbsent) {
  ASSERT_EQ(failure_of(R"(
    for _, name in ipairs { "io", "package", "debug", "coroutine", "dofile", "loadfile", "collectgarbage" } do
      zdt.expect(name, _G[name] == nil):is_true()
    end
    for _, name in ipairs { "execute", "getenv", "exit", "remove", "rename", "tmpname", "setlocale" } do
      zdt.expect("os." .. name, os[name] == nil):is_true()
    end
    zdt.expect("string.dump", string.dump == nil):is_true()
    zdt.expect("os.time", os.time() > 0):is_true()
  )"),
            "");
  EXPECT_EQ(assertions().size(), 16u);
}

TEST_F(SandboxTest, TheSafeLibrariesAreThere) {
  EXPECT_EQ(failure_of(R"(
    assert(("x"):rep(3) == "xxx" and table.concat({ 1, 2 }, ",") == "1,2" and math.floor(2.5) == 2)
    assert(utf8.len("ä") == 1 and os.date("!%Y", 0) == "1970" and os.clock() >= 0)
  )"),
            "");
}

TEST_F(SandboxTest, LoadTakesTextAndRefusesBytecode) {
  ASSERT_EQ(failure_of(R"(
    zdt.observe("text", load("return 1 + 1")())
    local chunk, why = load("\27Lua", "b", "b")
    zdt.observe("chunk", chunk == nil)
    zdt.observe("why", why)
    zdt.observe("own environment", load("return x", "c", "t", { x = 7 })())
  )"),
            "");
  EXPECT_EQ(observed("text"), json(2));
  EXPECT_EQ(observed("chunk"), json(true));
  EXPECT_TRUE(holds(observed("why").get<std::string>(), "binary"));
  EXPECT_EQ(observed("own environment"), json(7));
}

TEST_F(SandboxTest, AScriptFileOfBytecodeIsRefused) {
  EXPECT_TRUE(holds(load_error("\x1bLua").what, "binary"));
}

TEST_F(SandboxTest, RequireReadsBelowScriptsAndRunsAModuleOnce) {
  write("lib/count.lua", "runs = (runs or 0) + 1\nreturn { runs = runs }");
  ASSERT_EQ(failure_of(R"(
    local first, second = require "lib.count", require "lib.count"
    zdt.observe("same", first == second)
    zdt.observe("runs", runs)
  )"),
            "");
  EXPECT_EQ(observed("same"), json(true));
  EXPECT_EQ(observed("runs"), json(1));
}

TEST_F(SandboxTest, AModuleThatReturnsNothingIsTrueAndRunsOnce) {
  write("lib/quiet.lua", "runs = (runs or 0) + 1");
  ASSERT_EQ(
      failure_of("zdt.observe('m', require 'lib.quiet' and require 'lib.quiet') zdt.observe('runs', runs)"),
      "");
  EXPECT_EQ(observed("m"), json(true));
  EXPECT_EQ(observed("runs"), json(1));
}

TEST_F(SandboxTest, RequireZdtGivesTheModule) {
  ASSERT_EQ(failure_of("zdt.observe('same', require 'zdt' == zdt)"), "");
  EXPECT_EQ(observed("same"), json(true));
}

TEST_F(SandboxTest, RequireDoesNotLeaveScripts) {
  ASSERT_TRUE(host::write_file(host.root / "secret.lua", "return 'secret'"));
  for (const char* name : {"..secret", "lib...secret", "../secret", "/etc/passwd", ".secret", ""}) {
    const std::string why = failure_of(fmt::format("require '{}'", name));
    EXPECT_TRUE(holds(why, "is not a module name")) << name;
    EXPECT_TRUE(holds(why, "test.lua:2:")) << name;
  }
}

TEST_F(SandboxTest, RequireFollowsNoLinkOutOfScriptsAndReadsNoDevice) {
  ASSERT_TRUE(host::write_file(folder.path() / "secret.lua", "return 'secret'"));
  write("lib/inside.lua", "return 'inside'");
  host::fs::create_symlink(folder.path() / "secret.lua", host.root / "scripts/out.lua");
  host::fs::create_symlink("lib/inside.lua", host.root / "scripts/in.lua");
  host::fs::create_symlink("/dev/zero", host.root / "scripts/device.lua");
  EXPECT_TRUE(holds(failure_of("require 'out'"), "test.lua:2: require: scripts/out.lua is a link out of scripts/"));
  EXPECT_TRUE(holds(failure_of("require 'device'"), "there is no scripts/device.lua"));
  EXPECT_EQ(failure_of("assert(require 'in' == 'inside')"), "");
}

TEST_F(SandboxTest, AnErrorsTextNamesNoFileElsewhereToBeShown) {
  ASSERT_TRUE(host::write_file(folder.path() / "secret.lua", "the secret"));
  const std::string why = failure_of("error('" + (folder.path() / "secret.lua").string() + ":1: look', 0)");
  EXPECT_TRUE(holds(why, ":1: look"));
  EXPECT_EQ(why.find("the secret"), std::string::npos) << why;
}

TEST_F(SandboxTest, AFileThatIsTooLargeIsAnError) {
  write("lib/large.lua", "return '" + std::string(5 << 20, 'x') + "'");
  EXPECT_TRUE(holds(failure_of("require 'lib.large'"), "it has more than 4 MiB"));
}

TEST_F(SandboxTest, AMissingModuleIsAScriptErrorAtThePlaceOfTheCall) {
  const auto outcome = run("local x = 1\nrequire 'lib.nothing'");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_TRUE(holds(outcome.error->what, "test.lua:3:"));
  EXPECT_TRUE(holds(outcome.error->what, "lib/nothing.lua"));
}

TEST_F(SandboxTest, AnErrorInAModuleNamesTheModulesLine) {
  write("lib/bad.lua", "local a = 1\nerror 'broken here'");
  EXPECT_EQ(failure_of("require 'lib.bad'"), "lib/bad.lua:2: broken here\n  2 | error 'broken here'");
}

TEST_F(SandboxTest, ASyntaxErrorInAModuleNamesItsLine) {
  write("lib/bad.lua", "local a = 1\nlocal = 2");
  const std::string why = failure_of("require 'lib.bad'");
  EXPECT_TRUE(holds(why, "lib/bad.lua:2:"));
  EXPECT_TRUE(holds(why, "2 | local = 2"));
}

TEST_F(SandboxTest, ModulesThatRequireEachOtherAreToldSo) {
  write("lib/a.lua", "local b = require 'lib.b'\nreturn b");
  write("lib/b.lua", "local a = require 'lib.a'\nreturn a");
  const std::string why = failure_of("require 'lib.a'");
  EXPECT_TRUE(holds(why, "lib/b.lua:1:"));
  EXPECT_TRUE(holds(why, "requires itself"));
}

TEST_F(SandboxTest, AModuleThatFailedIsTriedAgain) {
  write("lib/late.lua", "if not ready then error 'not yet' end return 'here'");
  ASSERT_EQ(failure_of(R"(
    assert(not pcall(require, "lib.late"))
    ready = true
    zdt.observe("m", require "lib.late")
  )"),
            "");
  EXPECT_EQ(observed("m"), json("here"));
}

TEST_F(SandboxTest, PrintGoesToTheLog) {
  ASSERT_EQ(failure_of("print('a', 1, nil, true)"), "");
  EXPECT_EQ(kept.of_type("log").at(0).data["text"], "a\t1\tnil\ttrue");
}

TEST_F(SandboxTest, AHandlesDestructorIsHarmlessInAScriptsHands) {
  ASSERT_EQ(failure_of(R"(
    local load = zdt.load.start { url = "http://127.0.0.1:9/", requests = 1, connections = 1 }
    load:wait()
    local destroy = load.__gc
    if destroy then destroy(load) destroy(load) pcall(destroy, "text") pcall(destroy) end
    zdt.observe("still usable", (pcall(load.snapshot, load)))
  )"),
            "");
}

}  // namespace zdt::script
