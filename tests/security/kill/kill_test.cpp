// Runners that are killed at random moments, also within a step: the first resume passes, no step with a checkpoint is done twice,
// and the cluster ends as after an undisturbed run.
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "security/kill/kill_world.h"

namespace zdt::e2e {
namespace {

class KilledRunner : public KillWorld {
 protected:
  host::Exit run_update() { return demo({"run", "update", "--ci", "--on", "rehearsal"}); }

  /// The pool as base leaves it, and no runs.
  void begin_anew() {
    const host::Exit deployed = demo({"run", "base", "--ci", "--on", "rehearsal"});
    ASSERT_EQ(deployed.code, 0) << deployed.out << deployed.err;
    host::fs::remove_all(state() / "zdt-demo/runs");
  }
  bool has_runs() const {
    const host::fs::path runs = state() / "zdt-demo/runs";
    if (!host::fs::exists(runs)) return false;
    for (const auto& entry : host::fs::directory_iterator(runs)) {
      if (!entry.path().filename().string().starts_with('.')) return true;
    }
    return false;
  }

  json object(const std::string& kind, const std::string& name) {
    const host::Exit got = kubectl({"get", kind, name, "-o", "json"});
    EXPECT_EQ(got.code, 0) << got.err;
    json parsed = json::parse(got.out, nullptr, false);
    return parsed.is_object() ? parsed : json::object();
  }
  /// What the script has made, without what differs from run to run.
  json final_state() {
    json made;
    const json deployment = object("deployment", "pool");
    made["deployment"] = at(deployment, {"spec"});
    for (const char* count : {"replicas", "updatedReplicas", "readyReplicas", "availableReplicas"}) made[count] = at(deployment, {"status", count});
    made["service"] = at(object("service", "pool"), {"spec", "ports"});
    for (const char* name : {"prepared", "counted"}) made[name] = at(object("configmap", name), {"data"});
    EXPECT_TRUE(eventually([&] {
      made["pods"] = pods();
      return made["pods"].size() == 4u;
    })) << made["pods"].dump();
    made["leases"] = kubectl({"get", "leases", "-A", "--no-headers"}).out;
    return made;
  }
  /// The specifications of the pods that are not being deleted; node and generated names left out.
  json pods() {
    json found = json::array();
    const json list = json::parse(kubectl({"get", "pods", "-l", "app=pool", "-o", "json"}).out, nullptr, false);
    for (const json& pod : array_at(list, {"items"})) {
      if (!at(pod, {"metadata", "deletionTimestamp"}).is_null()) continue;
      json containers = json::array();
      for (const json& container : array_at(pod, {"spec", "containers"})) {
        containers.push_back({{"image", container.value("image", "")}, {"env", container.value("env", json())}});
      }
      found.push_back(std::move(containers));
    }
    return found;
  }

  void expect_no_checkpoint_twice() {
    std::set<std::string> reached;
    uint64_t seq = 0;
    for (const json& event : journal()) {
      EXPECT_EQ(int_at(event, {"seq"}), static_cast<int64_t>(++seq)) << "a line is missing";
      const std::string type = string_at(event, {"type"}), step = string_at(event, {"step"});
      EXPECT_FALSE(type == "step-started" && reached.contains(step)) << step << " was done twice";
      if (type == "step-finished" && event.contains("checkpoint")) reached.insert(step);
    }
    EXPECT_EQ(reached.size(), 4u);
  }
};

TEST_F(KilledRunner, ResumesAtTheFirstTryAndLeavesWhatAnUndisturbedRunLeaves) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  begin_anew();
  const auto begun = std::chrono::steady_clock::now();
  const host::Exit undisturbed = run_update();
  ASSERT_EQ(undisturbed.code, 0) << undisturbed.out << undisturbed.err;
  const auto length = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
  const json wanted = final_state();

  std::map<std::string, int> cut_off_in;
  for (int round = 0, kills_done = 0; kills_done < kills() && round < 3 * kills(); ++round) {
    begin_anew();
    const milliseconds after = moment(length);
    if (!killed_after({"run", "update", "--ci", "--on", "rehearsal"}, after)) continue;  // it was quicker this time
    ++kills_done;
    const bool had_begun = has_runs();
    ++cut_off_in[had_begun ? string_at(journal().back(), {"step"}) : "(before its first line)"];
    const host::Exit again = had_begun ? demo({"resume", "--ci"}) : run_update();
    ASSERT_EQ(again.code, 0) << "killed after " << after.count() << " ms\n" << again.out << again.err;
    expect_no_checkpoint_twice();
    EXPECT_EQ(final_state(), wanted) << "killed after " << after.count() << " ms";
  }
  for (const auto& [step, count] : cut_off_in) std::cout << count << " × in \"" << step << "\"\n";
  EXPECT_GE(cut_off_in.size(), 3u) << "they were not spread over the run";
}

}  // namespace
}  // namespace zdt::e2e
