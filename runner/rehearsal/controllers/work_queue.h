// What is to be reconciled, in order: a key that waits already is not queued twice.
#pragma once
#include <deque>
#include <map>
#include <set>

#include "host/task.h"
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// One loop only. Controllers outlive the queue. Items run one a turn of the loop, so that nobody waits for a
/// long list. Nothing that a controller throws leaves it: it is logged, given to `on_throw`, and tried again like any
/// failure, at most every half minute.
class WorkQueue {
 public:
  using OnThrow = std::function<void(const Controller&, const Key&, const std::string& what)>;
  explicit WorkQueue(asio::any_io_executor executor, OnThrow on_throw = {});

  void add(Controller& controller, Key key);
  /// Adds it when `delay` has passed; of two delays for one key the shorter counts.
  void add_after(Controller& controller, Key key, milliseconds delay);

  /// Runs everything that is due, and what comes of it, until nothing is left or `limit` items ran; returns
  /// how many.
  size_t drain(size_t limit = 100'000);
  /// Makes everything that is delayed due at once, for tests that move the clock.
  void hurry();
  size_t delayed() const { return delayed_.size(); }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Item {
    Controller* controller;
    Key key;
    auto operator<=>(const Item&) const = default;
  };

  void wake();
  void run_next();
  void reconcile(const Item& item);
  void retry(const Item& item, const std::string& what);
  void arm_timer();
  void release_due();

  asio::any_io_executor executor_;
  OnThrow on_throw_;
  asio::steady_timer timer_;
  std::deque<Item> ready_;
  std::set<Item> waiting_;  // what ready_ holds
  std::map<Item, SteadyTime> delayed_;
  std::set<std::pair<SteadyTime, Item>> by_time_;  // the same, in order
  std::map<Item, unsigned> failures_;
  bool posted_ = false;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // handlers that come after our end see it gone
};

}  // namespace zdt::rehearsal
