// Pods that fail in each phase of their life, and a load that must say so: tests/scripts/attribution.lua
// holds what.
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Attribution : public Demo {
 protected:
  static std::map<std::string, int64_t> losses_by_phase(const json& document) {
    std::map<std::string, int64_t> sum;
    for (const json& run : array_at(document, {"results"})) {
      for (const json& step : array_at(run, {"steps"})) {
        for (const json& event : array_at(step, {"events"})) {
          const json& data = event.contains("fields") ? event["fields"] : event;
          if (string_at(event, {"type"}) != "load-finished" || bool_at(data, {"trial"})) continue;
          for (const auto& [phase, count] : object_at(data, {"verdict", "losses_by_phase"}).items())
            sum[phase] += count.get<int64_t>();
        }
      }
    }
    return sum;
  }
};

TEST_F(Attribution, NamesThePodAndThePhaseOfEveryLoss) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  const host::Exit exit =
      demo({"run", ZDT_SOURCE "/tests/scripts/attribution.lua", "--ci", "--on", "rehearsal", "-o", "json"});
  ASSERT_EQ(exit.code, 0) << exit.out << exit.err;
  auto losses = losses_by_phase(document(exit));
  int64_t all = 0;
  for (const auto& [phase, count] : losses) all += count;
  for (const char* phase : {"before-ready", "ready", "hook", "after-sigterm", "after-exit"}) {
    EXPECT_GE(losses[phase], 5) << phase;
  }
  EXPECT_LE(losses["unknown"] * 20, all) << "more than 5 % of " << all << " losses are not attributed";
}

}  // namespace
}  // namespace zdt::e2e
