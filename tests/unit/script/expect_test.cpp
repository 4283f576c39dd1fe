#include "unit/script/script_world.h"

namespace zdt::script {

class ExpectTest : public ScriptTest {
 protected:
  /// Whether `zdt.expect("x", VALUE):COMPARISON` held.
  bool holds_that(const std::string& comparison) {
    kept.events.clear();
    run("zdt.expect('x', " + comparison);
    const auto recorded = kept.of_type("assertion");
    EXPECT_EQ(recorded.size(), 1u) << comparison;
    return !recorded.empty() && bool_at(recorded.front().data, {"passed"});
  }
};

TEST_F(ExpectTest, ComparesAsItsNameSays) {
  for (const char* comparison :
       {"1):equals(1)", "1):equals(1.0)", "'a'):equals('a')", "nil):equals(nil)", "1):differs_from(2)",
        "1):below(2)", "2):above(1)", "2):at_least(2)", "2):at_most(2)", "1.05):near(1, 0.1)",
        "'abc'):contains('b')", "{ 1, 2 }):contains(2)", "2):one_of({ 1, 2 })", "true):is_true()",
        "1):differs_from(nil)"}) {
    EXPECT_TRUE(holds_that(comparison)) << comparison;
  }
  for (const char* comparison :
       {"1):equals(2)", "1):equals('1')", "1):equals(nil)", "1):differs_from(1)", "2):below(2)",
        "2):above(2)", "1):at_least(2)", "3):at_most(2)", "1.2):near(1, 0.1)", "'abc'):contains('x')",
        "{ 1, 2 }):contains(3)", "nil):contains('x')", "3):one_of({ 1, 2 })", "false):is_true()",
        "1):is_true()", "nil):is_true()"}) {
    EXPECT_FALSE(holds_that(comparison)) << comparison;
  }
}

TEST_F(ExpectTest, WithoutAComparisonTheStepFailsAsAMistakeOfTheScript) {
  const auto outcome = run("zdt.expect('a', 1):equals(1) zdt.expect('lost', 0)");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_EQ(outcome.error->what, "zdt.expect(\"lost\", …) compares with nothing");
  EXPECT_EQ(failure_of("local e = zdt.expect('a', 1) e:above(0) e:below(2)"), "");
  EXPECT_EQ(failure_of("zdt.eventually('x', { timeout = '1s' }, function() zdt.expect('a', 1):equals(1) return true end)"), "");
}

// Also what fails only when the call already waits.
TEST_F(ExpectTest, PcallCatchesWhatFailsWithoutACluster) {
  for (const char* call : {"zdt.rollout.tree, 'web'", "zdt.rollout.watch, 'web', {}, print", "zdt.rollout.status, 'web'",
                           "zdt.prometheus.query, 'up'", "zdt.prometheus.targets", "zdt.k8s.get, 'pods', 'web'"}) {
    run(fmt::format("local ok, why = pcall({}) zdt.observe('caught', not ok and tostring(why) ~= '')", call));
    EXPECT_EQ(observed("caught"), json(true)) << call;
    kept.events.clear();
  }
}

TEST_F(ExpectTest, ANilValueIsBelowAndAboveNothing) {
  for (const char* comparison :
       {"nil):below(1)", "nil):above(1)", "nil):at_least(0)", "nil):at_most(0)", "nil):near(0, 1)"}) {
    EXPECT_FALSE(holds_that(comparison)) << comparison;
  }
}

TEST_F(ExpectTest, TablesAreComparedDeeply) {
  EXPECT_TRUE(holds_that("{ a = { 1, { b = 'c' } } }):equals({ a = { 1, { b = 'c' } } })"));
  EXPECT_FALSE(holds_that("{ a = { 1, { b = 'c' } } }):equals({ a = { 1, { b = 'd' } } })"));
  EXPECT_FALSE(holds_that("{ 1, 2 }):equals({ 2, 1 })"));
}

TEST_F(ExpectTest, AnEmptyListOfTheClusterEqualsAnEmptyTable) {
  ASSERT_EQ(failure_of(R"(
    local answer = zdt.parallel { function() return { 1 } end }
    table.remove(answer)
    zdt.expect("empty list", answer):equals({})
    zdt.expect("empty list inside", { items = answer }):equals({ items = {} })
    zdt.expect("empty list", answer):differs_from({ 1 })
  )"),
            "");
}

TEST_F(ExpectTest, DurationsCompareWithMilliseconds) {
  EXPECT_TRUE(holds_that("799.5):below('800ms')"));
  EXPECT_FALSE(holds_that("1001):at_most('1s')"));
  EXPECT_TRUE(holds_that("'2s'):above('1900ms')"));
}

TEST_F(ExpectTest, ATextWithoutAUnitIsNoDuration) {
  EXPECT_TRUE(holds(failure_of("zdt.expect('x', 3):below('5')"), "\"5\" is not a number or a duration"));
}

TEST_F(ExpectTest, WhatCannotBeOrderedIsAMistake) {
  EXPECT_TRUE(
      holds(failure_of("zdt.expect('x', 3):below({})"), "test.lua:2: expect \"x\": {} is not a number"));
  EXPECT_TRUE(holds(failure_of("zdt.expect('x', 'fast'):below(3)"), "test.lua:2:"));
  EXPECT_TRUE(holds(failure_of("zdt.expect('x', 3):below()"), "test.lua:2:"));
}

TEST_F(ExpectTest, BytesThatAreNoTextDoNotEndTheStepAsAMistake) {
  EXPECT_FALSE(holds_that("'a\\xff'):one_of({ 'b\\xff' })"));
  EXPECT_FALSE(holds_that("'a\\xff'):equals('b')"));
}

TEST_F(ExpectTest, AFailedExpectationFailsTheStepAtItsEnd) {
  const auto outcome = run(R"(
    zdt.observe("returned", zdt.expect("failed requests", 3):equals(0))
    zdt.expect("second", 1):equals(1)
  )");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kFailed);
  EXPECT_EQ(outcome.error->what, "failed requests: want 0, got 3");
  EXPECT_EQ(assertions(), (Words{"failed requests: failed", "second: passed"}));
  EXPECT_EQ(observed("returned"), json(false));
}

TEST_F(ExpectTest, AnObservationFailsNothing) {
  EXPECT_EQ(failure_of("zdt.observe('p99', { 1, 2 })"), "");
  EXPECT_EQ(observed("p99"), json::parse("[1,2]"));
}

TEST_F(ExpectTest, LogWarnAndTableBecomeEvents) {
  ASSERT_EQ(failure_of(R"(
    zdt.log(1)
    zdt.warn "two"
    zdt.table { title = "T", columns = { "a" }, rows = { { 1 }, { "x" } } }
  )"),
            "");
  EXPECT_EQ(kept.of_type("log").at(0).data["level"], "info");
  EXPECT_EQ(kept.of_type("log").at(0).data["text"], "1");
  EXPECT_EQ(kept.of_type("log").at(1).data["level"], "warn");
  EXPECT_EQ(kept.of_type("table").at(0).data["rows"], json::parse(R"([[1],["x"]])"));
}

TEST_F(ExpectTest, NowIsTheHostsClock) {
  host.now = [] { return WallTime(milliseconds(1'500)); };
  EXPECT_EQ(failure_of("zdt.expect('now', zdt.now()):equals(1.5)"), "");
}

}  // namespace zdt::script
