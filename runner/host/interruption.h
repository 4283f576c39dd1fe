// SIGINT and SIGTERM: told to the loop, and seen where the loop is not reached, because the program's one thread is in a
// call that does not come back.
#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>

#include "host/task.h"

namespace zdt::host {

/// While one lives, SIGINT and SIGTERM do not end the program; after it their actions are those of before. One at a time.
///
/// A second signal while the first one is untaken for a second (the loop does not come to it) ends the program at once, with
/// 130, from within the signal's handler.
class Interruptions {
 public:
  explicit Interruptions(const asio::any_io_executor& executor);
  ~Interruptions();
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  /// Takes one signal: returns at once when one came that was not taken yet. Unwinds when cancelled.
  Task<void> next();

  /// Whether a signal came that next() has not taken yet. Async-signal-safe; false while none of these lives.
  static bool pending();
  /// Called in the signal's handler, so it must be async-signal-safe; null: nothing. For all threads.
  static void at_signal(void (*action)());

 private:
  std::shared_ptr<asio::posix::stream_descriptor> arrivals_;  ///< shared with next(), which may outlive us by a turn of the loop
};

/// Ends the process from wherever it is, a signal's handler too: says `why` on stderr, gives the terminal its modes back,
/// and kills the process groups of all children that have an owner. What is on disk stays as it is: a run can be resumed.
[[noreturn]] void end_at_once(int code, const char* why) noexcept;

}  // namespace zdt::host
