// What the tests of the Lua world stand on: a project folder of its own, scripts written into it, and the
// engine that runs them without a cluster.
#pragma once
#include <gtest/gtest.h>

#include "fake_terminal.h"
#include "host/host.h"
#include "script/script.h"
#include "unit/stage/stage_world.h"

namespace zdt::script {

/// A cluster that is only a name: nothing answers, but every Service has an entrance.
class FakeTarget : public cluster::Target {
 public:
  std::string name() const override { return "fake"; }
  bool has(std::string_view capability) const override { return capability == "inside"; }
  Task<Result<bool>> up() override { co_return true; }
  Result<kube::Connection> connection() override {
    if (!server_url.empty()) {
      kube::Connection link;
      link.server = server_url;
      link.ns = "default";
      return link;
    }
    return Error{Code::kEnvironment, "the fake cluster is not running", "zdt-demo cluster up"};
  }
  Task<Result<cluster::Entrance>> entrance(std::string service, int port) override {
    co_return cluster::Entrance{fmt::format("http://{}:{}", service, port), ""};
  }

  std::string server_url;  ///< the API server's; "": none runs
};

class ScriptTest : public ::testing::Test {
 protected:
  ScriptTest() { bus.add(kept); }

  void write(const std::string& file, const std::string& text) {
    ASSERT_TRUE(host::write_file(host.root / "scripts" / file, text));
  }

  /// Runs the loop until the task is done; a test failure when it takes 20 s.
  template <class T>
  T await(Task<T> task) {
    std::optional<T> value;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr failure, T result) {
      if (failure) std::rethrow_exception(failure);
      value = std::move(result);
    });
    run_loop([&] { return value.has_value(); });
    if (!value) throw std::runtime_error("the task did not end");
    return std::move(*value);
  }
  void await(Task<void> task) {
    bool done = false;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      done = true;
    });
    run_loop([&] { return done; });
  }

  Result<std::unique_ptr<Script>> load(const std::string& text) {
    write("test.lua", text);
    return await(Script::load(host, &target, host.root / "scripts/test.lua", limits));
  }
  Error load_error(const std::string& text) {
    auto loaded = load(text);
    return loaded ? Error{Code::kFailed, "it loaded", ""} : loaded.error();
  }

  /// Executes a script whole. One that does not load ends with that error.
  stage::Outcome run_script(const std::string& text, stage::Options options = {}) {
    auto loaded = load(text);
    if (!loaded) return {.status = stage::status_of(loaded.error().code), .error = loaded.error()};
    script = std::move(*loaded);
    stage::Plan plan = script->plan(script->declaration().params);
    auto outcome = await(engine.execute(std::move(plan), std::move(options)));
    script->world().recorder = nullptr;
    await(script->world().end());
    return outcome;
  }
  /// A script of one step; the body's first line is line 2 of test.lua.
  static std::string step_of(const std::string& body) {
    return "return zdt.script { name = \"test\", zdt.step { \"Step\", run = function(s)\n" + body +
           "\nend } }\n";
  }
  stage::Outcome run(const std::string& body) { return run_script(step_of(body)); }
  /// The sentence of the error that the step ended with; "" when it passed.
  std::string failure_of(const std::string& body) {
    const auto outcome = run(body);
    return outcome.error ? outcome.error->what : "";
  }

  /// The last value that the script observed under this name.
  json observed(std::string_view name) const {
    json value = "never observed";
    for (const auto& event : kept.of_type("observation")) {
      if (string_at(event.data, {"name"}) == name) value = at(event.data, {"value"});
    }
    return value;
  }
  /// "name: passed" or "name: failed", one after another.
  std::vector<std::string> assertions() const {
    std::vector<std::string> lines;
    for (const auto& event : kept.of_type("assertion")) {
      lines.push_back(string_at(event.data, {"name"}) +
                      (bool_at(event.data, {"passed"}) ? ": passed" : ": failed"));
    }
    return lines;
  }

 private:
  template <class Done>
  void run_loop(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(90);  // a busy machine
    loop.restart();
    while (!done() && std::chrono::steady_clock::now() < end && loop.run_one_until(end) > 0) {
    }
  }

 protected:
  host::TempDir folder{"zdt-script-test"};
  asio::io_context loop;
  FakeTerminal terminal;
  host::Host host{
      loop, terminal, {}, folder.path() / "root", folder.path(), folder.path(), folder.path() / "state"};
  FakeTarget target;
  Limits limits;
  stage::Bus bus{[] { return WallTime(std::chrono::seconds(1'767'225'600)); }};
  stage::KeptEvents kept;
  stage::Pilot pilot;
  stage::Engine engine{bus, pilot};
  std::unique_ptr<Script> script;
};

using Words = std::vector<std::string>;

/// Whether `text` holds `part`, with both shown when not.
inline ::testing::AssertionResult holds(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "\"" << part << "\" is not in:\n" << text;
}

}  // namespace zdt::script
