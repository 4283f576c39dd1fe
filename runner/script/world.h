// The Lua world of one script: its state, its limits, its fibers, and what the bindings act on.
//
// Every call from C++ into Lua runs in a fiber (a Lua coroutine with a C++ task that drives it). A binding that waits
// yields its fiber; the driver awaits the C++ task and resumes the fiber with its result. So the loop goes on while a
// script waits, and cancelling the driver ends the script's call where it stands.
#pragma once
#include "cluster/target.h"
#include "kube/client.h"
#include "script/lua.h"
#include "script/touched.h"
#include "script/watch.h"
#include "stage/plan.h"
#include "tools/runner.h"

namespace zdt::bundle {
class Bundle;
}

namespace zdt::script {

class PlanMode;

/// memory  bytes that the script's own data may take.   slice  how long Lua may run without waiting for anything.
/// grace  how long a C function of Lua may take to come back after that (script/watch.h).
struct Limits {
  size_t memory = 256 << 20;
  milliseconds slice{5'000}, grace{1'000};
};

/// One call from C++ into Lua, until it returns.
class Fiber {
 public:
  /// Runs the function and its `arguments` on top of `from`'s stack (they are taken off it).   recorder  of the step
  /// that it belongs to; null outside of steps.
  Fiber(World& world, lua_State* from, int arguments, stage::Recorder* recorder = nullptr);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs to the end. The results are then on state()'s stack. Fails with the error that the Lua code raised, or with why
  /// it was ended: kScript (it did not wait, or took too much memory), kTimeout (its step's time), kCancelled (Ctrl-C).
  Task<Result<void>> run();
  lua_State* state() const { return state_; }

  /// While true, a failed expectation raises instead of being recorded (zdt.eventually tries again).
  bool trial = false;

  // For the guard of the bindings.
  void set_pending(Task<Result<Push>> work) { pending_.emplace(std::move(work)); }
  int take_resumed() const { return resumed_values_; }
  bool resumed_with_error() const { return resumed_with_error_; }
  void note_out_of_memory() { out_of_memory_ = true; }

 private:
  Watched resume(int arguments);
  Error error_of(const Watched& ended);
  void close_variables();
  int push_result(Result<Push> result);
  World& world_;
  stage::Recorder* recorder_;
  lua_State* state_ = nullptr;
  int anchor_ = LUA_NOREF;  // keeps the coroutine from the garbage collector
  int arguments_ = 0;
  std::optional<Task<Result<Push>>> pending_;
  int resumed_values_ = 0;
  bool resumed_with_error_ = false, out_of_memory_ = false;
};

class World {
 public:
  /// target may be null when a script is only listed or shown: then every binding that needs it fails kEnvironment.
  World(host::Host& host, cluster::Target* target, Limits limits = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static World& of(lua_State* state);
  static Fiber* fiber_of(lua_State* state);

  host::Host& host() { return host_; }
  lua_State* state() { return state_; }
  /// Throws LuaFailure when there is no target, or it cannot be reached.
  cluster::Target& target();
  kube::Client& kube();
  /// After the cluster was made or changed: the next kube() connects anew.
  /// The old connection stays until the end: steps beside this one may be using it.
  void forget_connection() {
    if (kube_) left_.push_back(std::move(kube_));
  }
  http::Client& http() { return http_; }
  /// http().send(), but a plan writes the request down.
  Task<Result<http::Response>> send(http::Request request);
  /// host::run(), but a plan writes the command down.
  Task<Result<host::Exit>> run(host::Command command);
  /// How long a cause that does not pass by itself may hold up a wait.
  static constexpr milliseconds kPatience{60'000};
  milliseconds patience = kPatience;
  /// What each step has worked on since it began.
  std::map<const stage::Recorder*, Touched> touched;
  /// The running step works on this object. ns  "": the connection's own.   name  "": everything there.
  void touch(const std::string& ns, const std::string& name) {
    if (recorder != nullptr) touched[recorder].objects.emplace(ns, name);
  }
  /// The folder of the script's file; "": there is none.
  host::fs::path folder;
  /// A path that a script names for something that is read: beside the script's file if it is there, else in the project.
  host::fs::path file(const std::string& path) const;
  /// Variables that every program of zdt.shell sees, unless the call sets them itself.
  std::map<std::string, std::string> shell_environment;
  /// run(), for what knows no world.
  tools::Runner runner();
  /// When set, nothing is done and everything is written down. Set before the first call.
  PlanMode* plan = nullptr;

  /// Origins (http://10.96.0.7:80) that lead into the cluster's network, and the namespaces joined for them.
  std::map<std::string, std::string> entrances;
  std::map<std::string, std::shared_ptr<host::NetworkNamespace>> networks;

  /// What --bundle names; null without.
  std::shared_ptr<bundle::Bundle> bundle;

  /// Of the step that the running Lua code belongs to: right from a binding's call to its first wait. While no Lua
  /// code runs: of the step whose code ran last. Null before the first step.
  stage::Recorder* recorder = nullptr;
  /// Throws LuaFailure outside of steps. Whoever records after a wait keeps what this gave before it.
  stage::Recorder& current_recorder();

  /// Calls the Lua function kept under `reference` in the registry, and gives its first two results. Fails with what it
  /// raised; kScript when a result is not plain data.   recorder  of the step that the call belongs to; null: of the one
  /// whose code ran last.
  Task<Result<std::pair<json, json>>> call(int reference, bool trial, std::vector<json> arguments = {},
                                           stage::Recorder* recorder = nullptr);
  /// Whether somebody still holds on to the world: things that must end with the run (loads), newest last.
  void at_end(std::function<Task<void>()> action) { endings_.push_back(std::move(action)); }
  Task<void> end();

  /// False once a function of Lua did not come back: then nothing may touch state() or any fiber's any more.
  bool usable() const { return !unusable_because_; }
  /// luaL_unref() in the registry, while the state is usable.
  void forget(int reference);

  // For what runs Lua.
  const Limits& limits() const { return limits_; }
  void limit(const Limits& limits) { limits_ = limits; }
  /// For loops in C++ whose length a script decides: raises the error when the slice is over its time.
  static void check_time(lua_State* state) {
    if (late() != Late::kNo) raise_late(state);
  }
  /// `work` as a slice (run_watched()) of this world. When it does not come back, the world is not usable after it.
  /// recorder  of the step that it belongs to; null: none.
  Watched watched(lua_State* state, stage::Recorder* recorder, int (*work)(void*), void* argument);
  /// Why a slice was ended.
  Error late_error(const Watched& ended, const stage::Recorder* recorder) const;
  Error out_of_memory() const;
  const Error& not_usable() const { return *unusable_because_; }

 private:
  static void* allocate(void* user, void* block, size_t old_size, size_t new_size);
  static void on_late(lua_State* state, lua_Debug* info);
  [[noreturn]] static void raise_late(lua_State* state);
  /// An error outside of every protected call: throws LuaPanic instead of ending the program.
  static int on_panic(lua_State* state);

  host::Host& host_;
  cluster::Target* target_;
  Limits limits_;
  size_t used_ = 0;
  lua_State* state_ = nullptr;
  std::optional<Error> unusable_because_;
  std::string late_place_;  ///< "file:line: " where the slice was ended, once that is known
  http::Client http_;
  std::unique_ptr<kube::Client> kube_;
  std::vector<std::unique_ptr<kube::Client>> left_;
  std::vector<std::function<Task<void>()>> endings_;
};

}  // namespace zdt::script
