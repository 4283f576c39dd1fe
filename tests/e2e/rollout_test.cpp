#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Rollout : public Demo {
 protected:
  void SetUp() override {
    Demo::SetUp();
    if (IsSkipped()) return;
    const host::Exit exit = demo({"run", "deploy-all", "--ci", "--on", "rehearsal"});
    ASSERT_EQ(exit.code, 0) << exit.out << exit.err;
  }

  static json load_of(const json& document) {
    for (const json& run : array_at(document, {"results"})) {
      for (const json& step : array_at(run, {"steps"})) {
        if (string_at(step, {"id"}) != "count-what-was-lost") continue;
        for (const json& event : array_at(step, {"events"})) {
          if (string_at(event, {"type"}) == "load-finished") return event.contains("fields") ? event["fields"] : event;
        }
      }
    }
    return {};
  }
};

TEST_F(Rollout, WithoutHooksLosesSomeAndSaysWhere) {
  const host::Exit exit = demo({"run", "rollout", "--ci", "--on", "rehearsal", "--set", "hooks=none", "-o", "json"});
  ASSERT_EQ(exit.code, 0) << exit.out << exit.err;
  const json load = load_of(document(exit));
  EXPECT_GE(int_at(load, {"sent"}), 1000) << load.dump(2);
  EXPECT_GE(int_at(load, {"failed"}), 1);
  EXPECT_EQ(int_at(load, {"ok"}) + int_at(load, {"failed"}) + int_at(load, {"unfinished"}), int_at(load, {"sent"}));
}

}  // namespace
}  // namespace zdt::e2e
