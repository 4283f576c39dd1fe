#include "unit/script/script_world.h"

namespace zdt::script {

using ErrorsTest = ScriptTest;

TEST_F(ErrorsTest, ASyntaxErrorShowsFileLineAndTheLine) {
  const Error error = load_error("local a = 1\nlocal b = = 2\n");
  EXPECT_EQ(error.code, Code::kScript);
  EXPECT_EQ(error.what, "test.lua:2: unexpected symbol near '='\n  2 | local b = = 2");
}

TEST_F(ErrorsTest, AnErrorInAStepShowsFileLineAndTheLine) {
  const auto outcome = run("local pod\nlocal name = pod.metadata.name");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_EQ(outcome.error->what,
            "test.lua:3: attempt to index a nil value (local 'pod')\n  3 | local name = pod.metadata.name");
}

TEST_F(ErrorsTest, AMistakeInACallShowsItsPlace) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"zdt.sleep('soon')", "test.lua:2: zdt.sleep: "},
      {"zdt.sleep(-1)", "test.lua:2: zdt.sleep: "},
      {"zdt.sleep()", "test.lua:2: zdt.sleep: "},
      {"zdt.expect(1, 2)", "test.lua:2: zdt.expect: name: want a string"},
      {"zdt.parallel(5)", "test.lua:2: zdt.parallel: want a table"},
      {"zdt.parallel { 5 }", "test.lua:2: zdt.parallel: entry 1 is not a function"},
      {"zdt.eventually('x')", "test.lua:2: zdt.eventually: want a function"},
      {"zdt.http.get(nil)", "test.lua:2: zdt.http.get: url: want a string, got nil"},
      {"zdt.http.request {}", "test.lua:2: zdt.http.request: url is missing"},
      {"zdt.shell 'ls'", "test.lua:2: zdt.shell: want a list"},
      {"zdt.shell {}", "test.lua:2: zdt.shell: want a list"},
      {"zdt.k8s.patch('pod', 'x', {}, { type = 'odd' })", "test.lua:2: zdt.k8s.patch: type is"},
      {"zdt.observe('x', print)", "test.lua:2: a function cannot be data"},
      {"s.target.has('inside')", "test.lua:2: target:has"},
      {"zdt.load.start({ url = 'http://127.0.0.1:9' }).stop()", "test.lua:2: call it with a colon"},
  };
  for (const auto& [body, beginning] : mistakes) {
    const auto outcome = run(body);
    ASSERT_TRUE(outcome.error) << body;
    EXPECT_EQ(outcome.error->code, Code::kScript) << body;
    EXPECT_TRUE(outcome.error->what.starts_with(beginning)) << body << "\n" << outcome.error->what;
  }
}

TEST_F(ErrorsTest, AnUnknownOptionIsToldWithTheNearest) {
  const auto outcome = run("zdt.http.request { url = 'http://127.0.0.1:9', metod = 'GET' }");
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(holds(outcome.error->what, "test.lua:2: zdt.http.request: no option \"metod\""));
  EXPECT_EQ(outcome.error->hint, "did you mean method?");
}

TEST_F(ErrorsTest, AnOptionOfTheWrongTypeIsToldInsteadOfIgnored) {
  for (const char* body : {"zdt.load.start { url = 'http://127.0.0.1:9', connections = 'ten' }",
                           "zdt.load.start { url = 'http://127.0.0.1:9', workers = 1.5 }",
                           "zdt.shell({ 'true' }, { check = 'no' })", "zdt.shell({ 'true' }, { cwd = 5 })",
                           "zdt.http.request { url = 'http://127.0.0.1:9', method = 5 }"}) {
    const auto outcome = run(body);
    ASSERT_TRUE(outcome.error) << body;
    EXPECT_EQ(outcome.error->code, Code::kScript) << body;
    EXPECT_TRUE(holds(outcome.error->what, "test.lua:2:")) << body;
    EXPECT_TRUE(holds(outcome.error->what, ": want ")) << body;
  }
}

TEST_F(ErrorsTest, PcallSeesCodeWhatAndHint) {
  ASSERT_EQ(failure_of(R"(
    local ok, e = pcall(zdt.fail, "it broke", "zdt-demo cluster up")
    zdt.observe("ok", ok)
    zdt.observe("fields", { e.code, e.what, e.hint, tostring(e) })
  )"),
            "");
  EXPECT_EQ(observed("ok"), json(false));
  EXPECT_EQ(observed("fields"), json::parse(R"(["failed","it broke","zdt-demo cluster up","it broke"])"));
}

TEST_F(ErrorsTest, PcallSeesAFailureThatCameAfterAWait) {
  ASSERT_EQ(failure_of(R"(
    local ok, e = pcall(zdt.shell, { "false" })
    zdt.observe("fields", { ok, e.code, tostring(e) })
  )"),
            "");
  EXPECT_EQ(observed("fields"), json::parse(R"([false,"failed","false exited 1: "])"));
}

TEST_F(ErrorsTest, AnErrorThatWasCaughtAndRaisedAgainIsTheSame) {
  const auto outcome = run("local ok, e = pcall(zdt.fail, 'it broke', 'look there')\nerror(e)");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kFailed);
  EXPECT_EQ(outcome.error->what, "it broke");
  EXPECT_EQ(outcome.error->hint, "look there");
}

TEST_F(ErrorsTest, WhateverAScriptRaisesBecomesAnErrorOfTheScript) {
  for (const char* value : {"nil", "true", "42", "{}", "{ 1, 2 }", "print", "{ f = print }", "'\\xff\\xfe'",
                            "setmetatable({}, { __tostring = function() error 'no' end })",
                            "(function() local t = {} t.t = t return t end)()", "{ '\\xff' }"}) {
    const auto outcome = run(fmt::format("error({})", value));
    ASSERT_TRUE(outcome.error) << value;
    EXPECT_EQ(outcome.error->code, Code::kScript) << value;
    EXPECT_FALSE(outcome.error->what.empty()) << value;
  }
}

TEST_F(ErrorsTest, ZdtFailFailsTheStepWithItsHint) {
  const auto outcome = run("zdt.fail('no pod answered', 'zdt-demo cluster status')");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kFailed);
  EXPECT_EQ(outcome.error->what, "no pod answered");
  EXPECT_EQ(outcome.error->hint, "zdt-demo cluster status");
}

TEST_F(ErrorsTest, ZdtFailCanBlameTheEnvironment) {
  const auto outcome = run("zdt.fail('no helm', 'zdt-demo setup', 'environment')");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kEnvironment);
  EXPECT_EQ(run("zdt.fail('no helm', '', 'weather')").error->code, Code::kScript);
}

TEST_F(ErrorsTest, ACallThatNeedsTheClusterSaysWhyThereIsNone) {
  const auto outcome = run("zdt.k8s.get('pod', 'x')");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kEnvironment);
  EXPECT_EQ(outcome.error->hint, "zdt-demo cluster up");
}

TEST_F(ErrorsTest, WhatBelongsIntoAStepIsRefusedAtTheTopLevel) {
  for (const char* call :
       {"zdt.observe('x', 1)", "zdt.log 'x'", "zdt.table { columns = { 'a' }, rows = { { 1 } } }",
        "zdt.shell { 'true' }", "zdt.expect('x', 1):equals(1)", "zdt.http.get 'http://127.0.0.1:9'",
        "zdt.load.start { url = 'http://127.0.0.1:9' }", "print 'x'",
        "zdt.eventually('x', function() return true end)"}) {
    const Error error =
        load_error(std::string(call) + "\nreturn zdt.script { name = 'x', zdt.step { 'S', run = print } }");
    EXPECT_EQ(error.code, Code::kScript) << call;
    EXPECT_TRUE(holds(error.what, "test.lua:1: this call belongs into a step")) << call;
  }
}

TEST_F(ErrorsTest, ACallThatWaitsInASortFunctionIsRefused) {
  EXPECT_TRUE(
      holds(failure_of("table.sort({ 2, 1 }, function() zdt.sleep(0) end)"), "test.lua:2: this call waits"));
}

}  // namespace zdt::script
