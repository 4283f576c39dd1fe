#include "base/text.h"
#include "kube/rollout_tree.h"

namespace zdt::kube {
namespace {

/// What the watches have seen; lives as long as they do.
struct Seen {
  explicit Seen(const asio::any_io_executor& executor) : arrived(executor) {}
  WorkloadView view;
  int missing_lists = 0;  ///< nothing is shown before every watch has listed once
  bool changed = false;
  std::optional<Error> failure;
  Condition arrived;

  void tell() {
    changed = true;
    if (missing_lists == 0) arrived.notify_all();
  }
};

/// The label selector of the pods; only matchLabels, which both kinds' ReplicaSets and pods carry.
std::string labels_of(const json& workload) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : object_at(workload, {"spec", "selector", "matchLabels"}).items()) {
    pairs.push_back(fmt::format("{}={}", key, value.get<std::string>()));
  }
  return join(pairs, ",");
}

using Keep = std::function<void(const std::string& type, const json& object)>;

Keep keep_in(std::map<std::string, json>& objects) {
  return [&objects](const std::string& type, const json& object) {
    const std::string name = string_at(object, {"metadata", "name"});
    if (type == "DELETED") {
      objects.erase(name);
    } else {
      objects[name] = object;
    }
  };
}

Task<void> follow(Client& client, Query query, Seen& seen, Keep keep) {
  bool listed = false;
  const auto on_event = [&](const std::string& type, const json& object) {
    keep(type, object);
    seen.tell();
    return true;
  };
  const auto on_listed = [&] {
    if (!listed) --seen.missing_lists;
    listed = true;
    seen.tell();
    return true;
  };
  auto watched = co_await client.watch(std::move(query), on_event, on_listed);
  if (!watched) seen.failure = watched.error();
  seen.missing_lists = 0;
  seen.tell();
}

Task<Result<void>> show(Seen& seen, const OnWorkload& on_change) {
  while (true) {
    while (!seen.changed || seen.missing_lists > 0) co_await seen.arrived.wait();
    seen.changed = false;
    if (seen.failure) co_return *seen.failure;
    auto goes_on = co_await on_change(seen.view);
    if (!goes_on) co_return goes_on.error();
    if (!*goes_on) co_return Result<void>();
  }
}

/// The result of `first`, after which `beside` is cancelled and awaited.
Task<Result<void>> with_beside(Task<Result<void>> first, Task<void> beside) {
  auto executor = co_await asio::this_coro::executor;
  auto group =
      asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(first), asio::deferred),
                                              asio::co_spawn(executor, std::move(beside), asio::deferred));
  auto [order, failure, result, beside_failure] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 1 && beside_failure) std::rethrow_exception(beside_failure);
  if (failure) std::rethrow_exception(failure);
  co_return std::move(result);
}

/// Goes on when the watches have ended, which they do only by failing: it is show() that says so.
Task<void> follow_all(std::vector<Task<void>> watches) {
  co_await all_of(std::move(watches));
  Condition never(co_await asio::this_coro::executor);
  co_await never.wait();
}

}  // namespace

Task<Result<void>> watch_rollout(Client& client, Query workload, bool whole, OnWorkload on_change) {
  auto first = co_await client.get(workload);
  if (!first) co_return first.error();
  auto executor = co_await asio::this_coro::executor;
  Seen seen(executor);
  seen.missing_lists = whole ? 3 : 1;
  Keep keep_workload = [&seen](const std::string& type, const json& object) {
    seen.view.workload = type == "DELETED" ? json() : object;
  };
  Query sets{.kind = "replicasets.apps", .ns = workload.ns, .labels = labels_of(*first)};
  Query pods{.kind = "pods", .ns = workload.ns, .labels = labels_of(*first)};
  std::vector<Task<void>> watches;
  watches.push_back(follow(client, std::move(workload), seen, std::move(keep_workload)));
  if (whole) {
    watches.push_back(follow(client, std::move(sets), seen, keep_in(seen.view.sets)));
    watches.push_back(follow(client, std::move(pods), seen, keep_in(seen.view.pods)));
  }
  auto ended = co_await with_beside(show(seen, on_change), follow_all(std::move(watches)));
  co_return ended;
}

namespace {

Task<Result<void>> read_into(Client& client, Query query, std::map<std::string, json>& into) {
  auto list = co_await client.list(std::move(query));
  if (!list) co_return list.error();
  for (const json& item : array_at(*list, {"items"})) into[string_at(item, {"metadata", "name"})] = item;
  co_return Result<void>();
}

}  // namespace

Task<Result<WorkloadView>> view_rollout(Client& client, Query workload) {
  WorkloadView view;
  Query sets{.kind = "replicasets.apps", .ns = workload.ns}, pods{.kind = "pods", .ns = workload.ns};
  auto object = co_await client.get(std::move(workload));
  if (!object) co_return object.error();
  view.workload = std::move(*object);
  sets.labels = pods.labels = labels_of(view.workload);
  auto read = co_await read_into(client, std::move(sets), view.sets);
  if (read) read = co_await read_into(client, std::move(pods), view.pods);
  if (!read) co_return read.error();
  co_return view;
}

}  // namespace zdt::kube
