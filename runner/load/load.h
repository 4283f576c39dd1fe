// A running load, as a handle: start it, mark phases, steer it, stop it, read its report.
//
// Workers are threads with loops of their own. Each counts for itself and hands its counts over about every
// 100 ms; nothing on the way of a request takes a lock.
#pragma once
#include <memory>
#include <string>

#include "host/task.h"
#include "load/plan.h"
#include "load/report.h"

namespace zdt::load {

class Load {
 public:
  /// Starts sending at once; its workers need no running loop. Fails kUsage (checked()), kEnvironment (no
  /// thread, or the namespace cannot be joined).
  static Result<std::unique_ptr<Load>> start(asio::any_io_executor loop, Plan plan);
  /// Ends at once: what is under way is given up, and its counts with it. Joins the threads.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // From any thread; none waits for a worker.

  Snapshot snapshot() const;
  /// From now on requests belong to `phase`. Marking a name again goes on with that phase's counts.
  void mark(std::string phase);
  /// Open model only, else without effect; ends the stages; clamped to kLeastPerSecond … kMostPerSecond. Arrivals already
  /// queued stay.
  void rate(double per_second);
  /// No new requests; those under way go on. The open model's arrivals of the pause are not made up for.
  void pause();
  void resume();
  /// Ends at once: what is under way is unfinished. wait() then returns soon.
  void give_up();
  /// False from the moment when the last request has ended or was given up.
  bool running() const;

  // On the loop given to start(). The handle must outlive the task. Both may be asked again, and by several.

  /// No new requests from the call on; the task waits up to the plan's drain for those under way and counts
  /// the rest as unfinished. Cancelling or dropping the task does not undo the stop.
  Task<Report> stop();
  /// Waits for the load to end by itself (duration, max_requests) or by stop().
  Task<Report> wait();

 private:
  struct State;
  explicit Load(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace zdt::load
