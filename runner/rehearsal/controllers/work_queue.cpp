#include "rehearsal/controllers/work_queue.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/guard.h"

namespace zdt::rehearsal {
namespace {

/// client-go's default item limiter: 5 ms, doubled each time (util/workqueue/default_rate_limiters.go); ours
/// stops at half a minute, since a rehearsal is short.
milliseconds backoff(unsigned failures) {
  return std::min(milliseconds(5) * (1 << std::min(failures, 13U)), milliseconds(30'000));
}

}  // namespace

Key key_of(const json& object) {
  return {string_at(object, {"metadata", "namespace"}), string_at(object, {"metadata", "name"})};
}

WorkQueue::WorkQueue(asio::any_io_executor executor, OnThrow on_throw)
    : executor_(executor), on_throw_(std::move(on_throw)), timer_(executor) {}

void WorkQueue::add(Controller& controller, Key key) {
  Item item{&controller, std::move(key)};
  if (!waiting_.insert(item).second) return;
  ready_.push_back(std::move(item));
  wake();
}

void WorkQueue::add_after(Controller& controller, Key key, milliseconds delay) {
  if (delay.count() <= 0) return add(controller, std::move(key));
  const Item item{&controller, std::move(key)};
  const SteadyTime due = std::chrono::steady_clock::now() + delay;
  auto [entry, added] = delayed_.try_emplace(item, due);
  if (!added) {
    if (entry->second <= due) return;
    by_time_.erase({entry->second, item});
    entry->second = due;
  }
  by_time_.insert({due, item});
  if (by_time_.begin()->second == item) arm_timer();
}

size_t WorkQueue::drain(size_t limit) {
  size_t ran = 0;
  for (; !ready_.empty() && ran < limit; ++ran) run_next();
  return ran;
}

void WorkQueue::hurry() {
  for (const auto& [item, due] : std::exchange(delayed_, {})) add(*item.controller, item.key);
  by_time_.clear();
}

void WorkQueue::wake() {
  if (posted_ || ready_.empty()) return;
  posted_ = true;
  asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    posted_ = false;
    run_next();
    wake();
  });
}

void WorkQueue::run_next() {
  if (ready_.empty()) return;
  const Item item = std::move(ready_.front());
  ready_.pop_front();
  waiting_.erase(item);
  const std::string thrown = failure_of([&] { reconcile(item); });
  if (thrown.empty()) return;
  retry(item, thrown);
  if (!on_throw_) return;
  guarded("a controller's failure could not be told", [&] { on_throw_(*item.controller, item.key, thrown); });
}

void WorkQueue::reconcile(const Item& item) {
  const auto outcome = item.controller->reconcile(item.key);
  if (!outcome) return retry(item, outcome.error().what);
  failures_.erase(item);
  if (outcome->requeue_after) add_after(*item.controller, item.key, *outcome->requeue_after);
}

void WorkQueue::retry(const Item& item, const std::string& what) {
  const unsigned earlier = failures_[item]++;
  spdlog::warn("{} controller: {}/{}: {}", item.controller->name(), item.key.ns, item.key.name, what);
  add_after(*item.controller, item.key, backoff(earlier));
}

void WorkQueue::arm_timer() {
  if (by_time_.empty()) return;
  timer_.expires_at(by_time_.begin()->first);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
    if (!cancelled && !alive.expired()) release_due();
  });
}

void WorkQueue::release_due() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    const Item item = by_time_.begin()->second;
    by_time_.erase(by_time_.begin());
    delayed_.erase(item);
    add(*item.controller, item.key);
  }
  arm_timer();
}

}  // namespace zdt::rehearsal
