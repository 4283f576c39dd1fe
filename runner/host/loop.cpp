#include "host/loop.h"

#include "base/guard.h"

namespace zdt {

void run_guarded(boost::asio::io_context& loop) {
  // run() may be called again after a handler threw, without a restart (the reference of io_context says so).
  while (!guarded("an exception left a handler of the event loop", [&loop] { loop.run(); })) {
  }
}

}  // namespace zdt
