#include "unit/script/script_world.h"

namespace zdt::script {

class DeclarationTest : public ScriptTest {
 protected:
  std::string refusal_of(const std::string& text) {
    const Error error = load_error(text);
    EXPECT_EQ(error.code, Code::kScript) << text;
    return error.what;
  }
  /// A whole script with these fields and one step with those.
  static std::string script_with(const std::string& fields, const std::string& step = "'Step', run = print") {
    return "return zdt.script { " + fields + " zdt.step { " + step + " } }";
  }
};

TEST_F(DeclarationTest, ReadsWhatTheScriptDeclares) {
  auto loaded = load(R"(
    return zdt.script { name = "rollout", title = "A rollout", about = "About it.", needs = { "deploy-all" },
      params = { tag = "v1", rate = 50, hooks = true },
      zdt.step { "Start the load", notes = "Look.", checkpoint = "started", timeout = "1m30s",
        run = print, undo = print, verify = print },
      zdt.step { "Stop", id = "the-end", timeout = 5, run = print } })");
  ASSERT_TRUE(loaded) << loaded.error().what;
  const Declaration& d = (*loaded)->declaration();
  EXPECT_EQ(d.name, "rollout");
  EXPECT_EQ(d.title, "A rollout");
  EXPECT_EQ(d.about, "About it.");
  EXPECT_EQ(d.file, "test.lua");
  EXPECT_EQ(d.needs, (Words{"deploy-all"}));
  EXPECT_EQ(d.params, json::parse(R"({"tag":"v1","rate":50,"hooks":true})"));
  const stage::Plan plan = (*loaded)->plan(d.params);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].id, "start-the-load");
  EXPECT_EQ(plan.steps[0].limit, milliseconds(90'000));
  EXPECT_EQ(plan.steps[0].checkpoint, "started");
  EXPECT_EQ(plan.steps[0].notes, "Look.");
  EXPECT_TRUE(plan.steps[0].undo && plan.steps[0].verify);
  EXPECT_EQ(plan.steps[1].id, "the-end");
  EXPECT_EQ(plan.steps[1].limit, milliseconds(5'000));
}

TEST_F(DeclarationTest, AFileThatDeclaresNothingIsRefused) {
  for (const char* text :
       {"", "return 5", "return {}", "return { name = 'x' }", "return zdt.step { 'x', run = print }"}) {
    EXPECT_EQ(refusal_of(text), "test.lua: does not return zdt.script { … }") << text;
  }
}

TEST_F(DeclarationTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refusal_of(script_with("")), "test.lua: zdt.script needs a name");
  EXPECT_EQ(refusal_of("return zdt.script { name = 'x' }"), "test.lua: has no steps");
  EXPECT_EQ(refusal_of("return zdt.script { name = 'x', 'step' }"),
            "test.lua: entry 1 is not a zdt.step { … }");
  EXPECT_EQ(refusal_of("return zdt.script { name = 'x', zdt.step { 'S', run = print }, false }"),
            "test.lua: entry 2 is not a zdt.step { … }");
  EXPECT_EQ(refusal_of(script_with("name = 'x',", "run = print")),
            "test.lua: a step needs a title as its first entry");
  EXPECT_EQ(refusal_of(script_with("name = 'x',", "'Step'")), "test.lua: step \"Step\": has no run function");
}

TEST_F(DeclarationTest, StepIdsAreUniqueWords) {
  EXPECT_EQ(refusal_of("return zdt.script { name = 'x', zdt.step { 'Same', run = print }, zdt.step { "
                       "'same!', run = print } }"),
            "test.lua: two steps have the id \"same\"; give one an id of its own");
  EXPECT_EQ(refusal_of(script_with("name = 'x',", "'S', id = 'Not An Id', run = print")),
            "test.lua: step \"S\": id \"Not An Id\": want [a-z0-9-]+");
  EXPECT_TRUE(holds(refusal_of(script_with("name = 'x',", "'…', run = print")), "give it an id"));
}

TEST_F(DeclarationTest, AFieldOfTheWrongTypeIsNotIgnored) {
  for (const auto& [fields, step] : std::vector<std::pair<std::string, std::string>>{
           {"name = 5,", "'S', run = print"},
           {"name = 'x', title = {},", "'S', run = print"},
           {"name = 'x', needs = 'deploy-all',", "'S', run = print"},
           {"name = 'x', needs = { 5 },", "'S', run = print"},
           {"name = 'x', params = 5,", "'S', run = print"},
           {"name = 'x', params = { 'a' },", "'S', run = print"},
           {"name = 'x', finally = 'clean',", "'S', run = print"},
           {"name = 'x', finally_keeps = true,", "'S', run = print"},
           {"name = 'x', choices = { speed = { 'fast' } },", "'S', run = print"},
           {"name = 'x', params = { speed = 'slow' }, choices = { speed = { 'fast' } },", "'S', run = print"},
           {"name = 'x', params = { speed = 'slow' }, choices = { speed = 'slow' },", "'S', run = print"},
           {"name = 'x',", "'S', run = print, needs_state = { 'load' }"},
           {"name = 'x',", "'S', run = print, needs_state = { load = true }"},
           {"name = 'x',", "'S', run = 'print'"},
           {"name = 'x',", "'S', run = print, undo = true"},
           {"name = 'x',", "'S', run = print, verify = 1"},
           {"name = 'x',", "'S', run = print, checkpoint = true"},
           {"name = 'x',", "'S', run = print, timeout = 'soon'"},
           {"name = 'x',", "'S', run = print, timeout = -1"},
           {"name = 'x',", "'S', run = print, timeout = true"},
           {"name = 'x',", "'S', run = print, notes = 7"}}) {
    EXPECT_TRUE(holds(refusal_of(script_with(fields, step)), "test.lua: ")) << fields << step;
  }
}

TEST_F(DeclarationTest, AStateOfNoEarlierStepIsRefused) {
  EXPECT_TRUE(holds(refusal_of(script_with("name = 'x',", "'S', run = print, needs_state = { load = 'nowhere' }")),
                    "step \"S\": needs_state: there is no step \"nowhere\""));
  EXPECT_TRUE(holds(refusal_of(script_with("name = 'x',", "'S', run = print, needs_state = { load = 's' }")),
                    "step \"S\": needs_state: step \"s\" does not come before it"));
}

TEST_F(DeclarationTest, AnUnknownFieldIsToldWithTheNearest) {
  const Error step = load_error(script_with("name = 'x',", "'S', run = print, chekpoint = 'a'"));
  EXPECT_TRUE(holds(step.what, "test.lua: step \"S\": no field \"chekpoint\""));
  EXPECT_TRUE(holds(step.hint, "did you mean checkpoint?"));
  const Error whole = load_error(script_with("name = 'x', tittle = 'T',"));
  EXPECT_TRUE(holds(whole.what, "no field \"tittle\""));
  EXPECT_TRUE(holds(whole.hint, "did you mean title?"));
}

TEST_F(DeclarationTest, ParametersThatAreNoDataAreRefused) {
  EXPECT_EQ(refusal_of(script_with("name = 'x', params = { f = print },")),
            "test.lua: params: a function cannot be data");
}

TEST_F(DeclarationTest, AMissingFileIsAMistakeOfTheCommandLine) {
  auto loaded = await(Script::load(host, nullptr, host.root / "scripts/none.lua"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kUsage);
}

TEST_F(DeclarationTest, AMetatableWithErrorsDoesNotEndTheProgram) {
  const Error error =
      load_error("return zdt.script(setmetatable({}, { __index = function() error 'no' end }))");
  EXPECT_EQ(error.code, Code::kScript);
}

class WithValues : public testing::Test {
 protected:
  const json defaults =
      json::parse(R"({"tag":"v1","rate":50,"share":0.5,"hooks":true,"list":[1],"map":{"a":1},"empty":{}})");
  Declaration declaration() const {
    Declaration declared;
    declared.params = defaults;
    declared.choices = {{"tag", {"v1", "v2", "7", "a=b", ""}}, {"rate", {1, 2, 50, 200}}};
    return declared;
  }
  json set(const std::string& assignment) {
    auto params = with_values(declaration(), {assignment});
    return params ? *params : json(params.error().what);
  }
};

TEST_F(WithValues, ValuesTakeTheTypesOfTheDefaults) {
  EXPECT_EQ(set("tag=7")["tag"], "7");
  EXPECT_EQ(set("tag=a=b")["tag"], "a=b");
  EXPECT_EQ(set("tag=")["tag"], "");
  EXPECT_EQ(set("rate=200")["rate"], 200);
  EXPECT_EQ(set("share=1")["share"], 1);
  EXPECT_EQ(set("hooks=false")["hooks"], false);
  EXPECT_EQ(set("list=[2,3]")["list"], json::parse("[2,3]"));
  EXPECT_EQ(set("map={}")["map"], json::object());
  EXPECT_EQ(set("empty=[1]")["empty"], json::parse("[1]"));
}

TEST_F(WithValues, OtherValuesKeepTheirDefaultsAndTheLastOneCounts) {
  auto params = with_values(declaration(), {"rate=1", "rate=2"});
  ASSERT_TRUE(params);
  EXPECT_EQ((*params)["rate"], 2);
  EXPECT_EQ((*params)["tag"], "v1");
}

TEST_F(WithValues, AValueOfTheWrongTypeIsRefused) {
  for (const char* assignment :
       {"rate=fast", "rate=\"5\"", "rate=", "hooks=1", "hooks=yes", "list={}", "map=[1]", "rate"}) {
    auto params = with_values(declaration(), {assignment});
    ASSERT_FALSE(params) << assignment;
    EXPECT_EQ(params.error().code, Code::kUsage) << assignment;
    EXPECT_TRUE(params.error().what.starts_with("--set " + std::string(assignment))) << params.error().what;
  }
}

TEST_F(WithValues, AValueThatIsNoneOfTheChoicesIsToldWithAllOfThem) {
  auto params = with_values(declaration(), {"tag=v22"});
  ASSERT_FALSE(params);
  EXPECT_EQ(params.error().code, Code::kUsage);
  EXPECT_EQ(params.error().what, "--set tag=v22: want one of v1, v2, 7, a=b, ");
  EXPECT_EQ(params.error().hint, "did you mean --set tag=v2?");
  EXPECT_EQ(set("rate=3"), "--set rate=3: want one of 1, 2, 50, 200");
}

TEST_F(WithValues, AnUnknownNameIsToldWithTheNearest) {
  auto params = with_values(declaration(), {"tga=v2"});
  ASSERT_FALSE(params);
  EXPECT_TRUE(params.error().what.starts_with("--set tga: the script has no such parameter"));
  EXPECT_EQ(params.error().hint, "did you mean --set tag=…?");
}

}  // namespace zdt::script
