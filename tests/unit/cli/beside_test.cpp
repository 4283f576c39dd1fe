// Steps side by side, from the command line.
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class BesideTest : public CliTest {
 protected:
  BesideTest() {
    write("meet.lua", R"(
      local here = {}
      local function meet(mine, other) return function()
        here[mine] = true
        zdt.eventually("the other", { timeout = "5s", every = "1ms" }, function() return here[other] end)
      end end
      return zdt.script { name = "meet",
        zdt.step { "One", after = {}, run = meet("one", "two") },
        zdt.step { "Two", after = {}, run = meet("two", "one") },
        zdt.step { "Last", run = function() zdt.log "at last" end } })");
  }
};

TEST_F(BesideTest, TheyRunAtOnceAndTheReportPrintsBothFigures) {
  EXPECT_EQ(run({"run", "meet", "--on", "rehearsal"}), 0) << everything();
  EXPECT_TRUE(said("steps waited ")) << everything();
  EXPECT_TRUE(said(" on the longest chain, the run took ")) << everything();
  EXPECT_EQ(run({"run", "meet", "--on", "rehearsal", "-o", "json"}), 0);
  EXPECT_EQ(document()["results"][0]["most_at_once"], 2);
}

TEST_F(BesideTest, WithAPersonAtTheKeysTheyRunOneAfterAnother) {
  write("row.lua", R"(
    local function work(name) return function() zdt.sleep "1ms" zdt.log(name) end end
    return zdt.script { name = "row", zdt.step { "One", after = {}, run = work "one" }, zdt.step { "Two", after = {}, run = work "two" } })");
  terminal.person = true;
  EXPECT_EQ(run({"run", "row", "--on", "rehearsal", "--pause-on-failure", "-o", "json"}), 0) << everything();
  EXPECT_EQ(document()["results"][0]["most_at_once"], 1);
}

TEST_F(BesideTest, ShowTellsWhatEachStepWaitsFor) {
  write("some.lua", R"(
    return zdt.script { name = "some", zdt.step { "One", run = print }, zdt.step { "Two", after = {}, run = print },
      zdt.step { "Three", after = { "one", "two" }, run = print } })");
  EXPECT_EQ(run({"show", "some"}), 0);
  EXPECT_TRUE(said("(two)  [at once]\n")) << everything();
  EXPECT_TRUE(said("(three)  [after one, two]\n")) << everything();
  EXPECT_EQ(run({"show", "some", "--json"}), 0);
  EXPECT_EQ(json::parse(out())["steps"][2]["after"], json::parse(R"(["one","two"])"));
}

TEST_F(BesideTest, AnAfterThatNamesNoEarlierStepEndsWithItsLineAndCodeTwo) {
  write("wrong.lua", "return zdt.script { name = 'wrong',\nzdt.step { 'One', after = 'two', run = print },\nzdt.step { 'Two', run = print } }");
  EXPECT_EQ(run({"run", "wrong", "--on", "rehearsal"}), 2);
  EXPECT_TRUE(said("wrong.lua:2: step \"One\": after: step \"two\" does not come before it")) << everything();
}

}  // namespace zdt::cli
