// The event loop's own guard.
#pragma once
#include <boost/asio/io_context.hpp>

namespace zdt {

/// Runs `loop` until it has nothing left to do or is stopped. An exception that leaves a handler is written to the log,
/// and the loop goes on with the next one: the handlers' own guards should have told it on the object that it is about.
void run_guarded(boost::asio::io_context& loop);

}  // namespace zdt
