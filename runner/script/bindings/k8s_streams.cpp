// zdt.k8s.watch and zdt.k8s.follow: what comes from the API server as it happens, given to a function of the script.
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace k8s_streams_module {

/// A function of the script, kept in the registry while this lives.
class Callback {
 public:
  Callback(lua_State* state, int index, World& world) : world_(world), recorder_(world.recorder) {
    lua_pushvalue(state, index);
    reference_ = luaL_ref(state, LUA_REGISTRYINDEX);
  }
  ~Callback() { world_.forget(reference_); }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  /// False: it has seen enough.
  Task<Result<bool>> operator()(std::vector<json> arguments) {
    auto returned = co_await world_.call(reference_, false, std::move(arguments), recorder_);
    if (!returned) co_return returned.error();
    co_return returned->first != json(false);
  }

 private:
  World& world_;
  stage::Recorder* recorder_;
  int reference_;
};

/// What is on its way to the script: the arguments of one call each, until the stream ends or fails.
struct Queue {
  explicit Queue(const asio::any_io_executor& executor) : changed(executor) {}
  void add(std::vector<json> arguments) {
    calls.push_back(std::move(arguments));
    changed.notify_all();
  }
  std::deque<std::vector<json>> calls;
  std::optional<Result<void>> end;
  Condition changed;
};
using Queued = std::shared_ptr<Queue>;

Task<void> end_with(Task<Result<void>> stream, Queued queue) {
  auto end = co_await std::move(stream);
  queue->end = std::move(end);
  queue->changed.notify_all();
}

/// Calls the function for all that comes, until it has seen enough or the stream has ended.
Task<Result<void>> hand_on(Queued queue, Task<Result<void>> stream, std::shared_ptr<Callback> each) {
  auto executor = co_await asio::this_coro::executor;
  const Background filling(executor, end_with(std::move(stream), queue));
  while (true) {
    while (queue->calls.empty() && !queue->end) co_await queue->changed.wait();
    if (queue->calls.empty()) co_return *queue->end;
    auto arguments = std::move(queue->calls.front());
    queue->calls.pop_front();
    auto goes_on = co_await (*each)(std::move(arguments));
    if (!goes_on) co_return goes_on.error();
    if (!*goes_on) co_return Result<void>();
  }
}

/// Pushes whether it ended before the time was over.
Task<Result<Push>> within(Task<Result<void>> work, milliseconds limit) {
  const Error late{Code::kTimeout, "", ""};
  auto ended = co_await with_deadline(std::move(work), limit, late);
  const bool is_over = !ended && ended.error().code == Code::kTimeout && ended.error().what.empty();
  if (!ended && !is_over) co_return ended.error();
  co_return Push([is_over](lua_State* state) { return lua_pushboolean(state, !is_over), 1; });
}

// The function is named: GCC 12 destroys a closure that stands in the awaited call twice when the stream is cut off.
Task<Result<void>> watch_stream(kube::Client& client, kube::Query query, Queued queue) {
  std::function<bool(const std::string&, const json&)> on_event = [queue](const std::string& type, const json& object) {
    queue->add({type, object});
    return true;
  };
  auto watched = co_await client.watch(std::move(query), std::move(on_event));
  co_return watched;
}

/// In a plan: that it begins; nothing comes.
Task<Result<void>> plan_watch(kube::Client& client, kube::Query query) {
  auto watched = co_await client.watch(std::move(query), [](const std::string&, const json&) { return false; });
  co_return watched;
}

void want_function(lua_State* state, std::string_view what) {
  if (!lua_isfunction(state, 3)) fail_script(fmt::format("{} as its third argument", what));
}

Task<Result<Push>> run_watch(World& world, kube::Query query, milliseconds limit, std::shared_ptr<Callback> each) {
  auto executor = co_await asio::this_coro::executor;
  const auto queue = std::make_shared<Queue>(executor);
  auto stream = watch_stream(world.kube(), std::move(query), queue);
  auto done = co_await within(hand_on(queue, std::move(stream), std::move(each)), limit);
  co_return done;
}

Outcome watch(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.k8s.watch");
  check_keys(options, {"ns", "name", "labels", "fields", "timeout"}, "zdt.k8s.watch");
  want_function(state, "zdt.k8s.watch: want a function(type, object)");
  kube::Query query{.kind = string_argument(state, 1, "zdt.k8s.watch: kind"),
                    .ns = text_option(options, "ns"),
                    .name = text_option(options, "name"),
                    .labels = text_option(options, "labels"),
                    .fields = text_option(options, "fields")};
  const milliseconds limit = duration_option(options, "timeout", milliseconds(60'000));
  if (world.plan != nullptr) return wait(state, world, within(plan_watch(world.kube(), std::move(query)), limit));
  world.kube();
  return wait(state, world,
              run_watch(world, std::move(query), limit, std::make_shared<Callback>(state, 3, world)));
}

Task<Result<void>> log_stream(kube::Client& client, kube::Client::LogQuery query, Queued queue) {
  std::function<bool(std::string_view)> on_line = [queue](std::string_view line) {
    queue->add({std::string(line)});
    return true;
  };
  auto read = co_await client.logs(std::move(query), std::move(on_line));
  co_return read;
}

Task<Result<void>> plan_follow(kube::Client& client, kube::Client::LogQuery query) {
  auto read = co_await client.logs(std::move(query), [](std::string_view) { return false; });
  co_return read;
}

Task<Result<Push>> run_follow(World& world, kube::Client::LogQuery query, milliseconds limit,
                              std::shared_ptr<Callback> each) {
  auto executor = co_await asio::this_coro::executor;
  const auto queue = std::make_shared<Queue>(executor);
  auto stream = log_stream(world.kube(), std::move(query), queue);
  auto done = co_await within(hand_on(queue, std::move(stream), std::move(each)), limit);
  co_return done;
}

Outcome follow(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.k8s.follow");
  check_keys(options, {"ns", "container", "timestamps", "tail", "since", "timeout"}, "zdt.k8s.follow");
  want_function(state, "zdt.k8s.follow: want a function(line)");
  kube::Client::LogQuery query{.ns = text_option(options, "ns"),
                               .pod = string_argument(state, 1, "zdt.k8s.follow: pod"),
                               .container = text_option(options, "container"),
                               .follow = true,
                               .timestamps = flag_option(options, "timestamps", false),
                               .tail = count_option(options, "tail", -1)};
  if (options.contains("since")) query.since_seconds = duration_option(options, "since", {}).count() / 1000;
  const milliseconds limit = duration_option(options, "timeout", milliseconds(60'000));
  if (world.plan != nullptr) return wait(state, world, within(plan_follow(world.kube(), std::move(query)), limit));
  world.kube();
  return wait(state, world,
              run_follow(world, std::move(query), limit, std::make_shared<Callback>(state, 3, world)));
}

}  // namespace k8s_streams_module

void open_k8s_streams(lua_State* state) {
  using namespace k8s_streams_module;
  lua_getfield(state, -1, "k8s");
  add_functions(state, {{"watch", &guarded<&watch>}, {"follow", &guarded<&follow>}});
  lua_pop(state, 1);
}

}  // namespace zdt::script
