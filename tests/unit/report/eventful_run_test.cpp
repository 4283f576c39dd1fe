// The stream that the golden files are made from.
#include "unit/report/report_world.h"

namespace zdt::report {
namespace {

void deploy(Stream& stream) {
  stream.step_started("deploy", 0);
  stream.event("log", {{"level", "info"}, {"text", "applying 4 objects\nwaiting for pods"}});
  stream.event("log", {{"level", "debug"}, {"text", "never shown"}});
  stream.event("assertion", {{"name", "ready pods"}, {"passed", true}, {"want", 4}, {"got", 4}});
  stream.event("observation", {{"name", "start_ms"}, {"value", 812.5}});
  stream.event("table", {{"title", "Pods"},
                         {"columns", {"name", "restarts", "node"}},
                         {"rows", {{"k8s-web-pool-x7k2p", 0, "one"}, {"k8s-web-pool-b", 12, "two"}}}});
  stream.step_finished("passed").in("deploy").event("checkpoint", {{"name", "deployed"}});
}

json load_result() {
  return {{"sent", 3000},
          {"ok", 2997},
          {"failed", 3},
          {"unfinished", 0},
          {"outcomes", {{"ok", 2997}, {"reset", 2}, {"status", 1}}},
          {"latency", {{"p50_ms", 3}, {"p99_ms", 12.25}, {"max_ms", 88.0}}},
          {"pods",
           {{"k8s-web-pool-b", {{"ok", 1497}, {"failed", 0}}},
            {"k8s-web-pool-x7k2p", {{"ok", 1500}, {"failed", 3}}}}},
          {"first_failures",
           {"reset by k8s-web-pool-x7k2p 120 ms after SIGTERM",
            {{"at_ms", 12200},
             {"outcome", "status"},
             {"status", 503},
             {"pod", "k8s-web-pool-b"},
             {"what", "want 200"}}}}};
}

void update(Stream& stream) {
  const json error{{"code", "failed"},
                   {"what", "failed requests: want 0, got 3"},
                   {"hint", "zdt-demo watch k8s-web-pool"}};
  stream.step_started("update", 2);
  stream.event("load-progress", {{"sent", 100}, {"ok", 100}, {"failed", 0}, {"rate", 50.0}, {"p99_ms", 4}});
  stream.pass(milliseconds(12'000));
  stream.event("load-progress",
               {{"sent", 700}, {"ok", 699}, {"failed", 1}, {"rate", 49.96}, {"p99_ms", 11.5}});
  stream.event("log", {{"level", "warn"}, {"text", "\x1b[31mpod <web> & \"friends\" restarted\x1b[0m\a"}});
  stream.event("load-finished", load_result());
  stream.event("assertion", {{"name", "failed requests"}, {"passed", false}, {"want", 0}, {"got", 3}});
  stream.event("assertion", {{"name", "image"}, {"passed", false}, {"want", "v0.1.2"}, {"got", ""}});
  stream.step_finished("failed", error).in("update");
  stream.event(
      "diagnosis",
      {{"sections",
        {{{"title", "Pod k8s-web-pool-x7k2p"}, {"lines", {"Running, 1 restart", "last log: bye\xff"}}}}}});
  stream.event("note", {{"text", "cannot go back: step \"update\" has no undo"}});
}

}  // namespace

Stream eventful_run() {
  Stream stream;
  stream.run_started({"deploy", "load", "update", "verify"}, {{"run", "20260101T000000.000Z-rollout-x7k2"},
                                                              {"target", "rehearsal"},
                                                              {"version", "0.1.0"},
                                                              {"images", {{"app", "zdt/monolith:v0.1.2"}}}});
  stream.in("gone")
      .event("checkpoint-broken", {{"name", "updated"}, {"why", "3 of 4 pods are ready"}})
      .in("");
  deploy(stream);
  stream.in("load").event("step-skipped",
                          {{"reason", "skipped by the speaker"}, {"title", "Do load"}, {"index", 1}});
  stream.in("deploy").event("undo-started", {{"title", "Do deploy"}});
  stream.event("undo-finished",
               {{"status", "failed"},
                {"took_ms", 20},
                {"state", json::object()},
                {"error", {{"code", "timeout"}, {"what", "rollback did not end within 1 s"}}}});
  update(stream);
  stream.in("").event("clean-up-finished",
                      {{"index", 0},
                       {"status", "error"},
                       {"took_ms", 5},
                       {"error", {{"code", "environment"}, {"what", "namespace shop is still there"}}}});
  stream.run_finished("failed", {{"code", "failed"},
                                 {"what", "failed requests: want 0, got 3"},
                                 {"hint", "zdt-demo watch k8s-web-pool"}});
  return stream;
}

Stream side_by_side_run() {
  Stream stream;
  stream.run_started({"images", "chart", "pool", "check"}, {{"target", "rehearsal"}});
  stream.step_started("images", 0).event("log", {{"level", "info"}, {"text", "loading"}});
  stream.step_started("chart", 1).step_started("pool", 2);
  stream.event("assertion", {{"name", "ready pods"}, {"passed", true}, {"want", 3}, {"got", 3}});
  stream.in("images").event("log", {{"level", "info"}, {"text", "three\nof four"}});
  stream.event("log", {{"level", "warn"}, {"text", "one is old"}});
  stream.in("pool").step_finished("passed");
  stream.in("images").event("table", {{"title", "Images"}, {"columns", {"name"}}, {"rows", {{"app"}}}});
  stream.pass(milliseconds(2'000)).step_finished("passed");
  stream.in("chart").event("observation", {{"name", "revision"}, {"value", 2}}).step_finished("passed");
  stream.step_started("check", 3).event("log", {{"level", "info"}, {"text", "asking"}}).step_finished("passed");
  return stream.run_finished("passed", nullptr,
                             {{"longest_chain_ms", 4500}, {"most_at_once", 3}, {"orchestration_percent", 2.2}});
}

}  // namespace zdt::report
