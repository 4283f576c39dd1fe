// Every script on one cluster, as CI jobs run them. The scripts assert what they claim; here it is asserted that they did.
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class RunAll : public Demo {
 protected:
  /// The values that assertions called `name` have got, over all scripts.
  static std::vector<json> got(const json& document, const std::string& name) {
    std::vector<json> values;
    for (const json& run : array_at(document, {"results"})) {
      for (const json& step : array_at(run, {"steps"})) {
        for (const json& assertion : array_at(step, {"assertions"})) {
          if (string_at(assertion, {"name"}) == name) values.push_back(at(assertion, {"got"}));
        }
      }
    }
    return values;
  }
};

TEST_F(RunAll, PassesOnOneClusterAndLeavesNothing) {
  const std::string junit = (state() / "out.xml").string();
  const host::Exit exit =
      demo({"run", "all", "--ci", "--on", "rehearsal", "--set", "speed=fast", "--report", "junit=" + junit, "-o", "json"}, milliseconds(1'200'000));
  ASSERT_EQ(exit.code, 0) << exit.out.substr(0, 20'000) << exit.err;
  const json document = this->document(exit);
  const json listed = json::parse(demo({"list", "--json"}).out);
  EXPECT_EQ(array_at(document, {"results"}).size(), listed.size());
  for (const json& run : array_at(document, {"results"})) EXPECT_EQ(string_at(run, {"status"}), "passed") << string_at(run, {"script"});

  const auto naive = got(document, "requests that the naive variant lost"), fixed = got(document, "requests that the fixed variant lost");
  EXPECT_GE(naive.size(), 4u);
  EXPECT_EQ(naive.size(), fixed.size());
  for (const json& lost : naive) EXPECT_GT(lost.get<int64_t>(), 0);
  for (const json& lost : fixed) EXPECT_EQ(lost, json(0));

  const std::string xml = host::read_file(junit).value();
  EXPECT_NE(xml.find("testsuite name=\"traffic-split\""), std::string::npos) << xml.substr(0, 2'000);
  EXPECT_FALSE(bool_at(cluster_status(), {"running"}));
}

}  // namespace
}  // namespace zdt::e2e
