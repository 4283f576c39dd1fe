#include "process.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>
#include <vector>

#include "app.h"
#include "duration.h"
#include "log.h"
#include "server.h"

namespace monolith {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kDrainPoll{10};

std::string signal_name(int number) { return std::string("SIG") + sigabbrev_np(number); }

/// The life of one process: start, serve, drain. All handlers run on one strand.
class Process {
 public:
  explicit Process(const Config& config) : app_(config), io_(config.workers), server_(io_, app_) {}

  int run() {
    if (app_.config.drain_signal != SIGTERM && app_.config.drain_signal != SIGINT) {
      signals_.add(app_.config.drain_signal);
    }
    wait_for_signal();
    wait_for_startup();
    std::vector<std::jthread> threads;
    for (int i = 1; i < app_.config.workers; ++i) threads.emplace_back([this] { io_.run(); });
    io_.run();
    return exit_code_;
  }

 private:
  void wait_for_startup();
  void open_port();
  void wait_for_signal();
  bool drains(int number) const;
  void on_signal(int number);
  void begin_drain(int number);
  void poll_drain();
  void finish(int exit_code, const std::string& event);
  [[noreturn]] void end_at_once(int number);

  App app_;  // before io_, which destroys the connections
  asio::io_context io_;
  asio::strand<asio::io_context::executor_type> strand_{io_.get_executor()};
  Server server_;
  asio::signal_set signals_{strand_, SIGTERM, SIGINT};  // and config.drain_signal
  asio::steady_timer timer_{strand_};
  Clock::time_point drain_start_;
  int exit_code_ = kExitClean;
};

void Process::wait_for_startup() {
  const auto delay = app_.config.startup_delay;
  if (delay.count() > 0) log_line("starting, the port opens in " + format_duration(delay));
  timer_.expires_after(delay);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled && app_.lifecycle.starting()) open_port();
  });
}

void Process::open_port() {
  try {
    const auto bound = server_.listen(app_.config.address, app_.config.port);
    std::ostringstream event;
    event << "listening on " << bound << " version=" << app_.config.version << " pod=" << app_.config.pod
          << " workers=" << app_.config.workers;
    log_line(event.str());
  } catch (const boost::system::system_error& error) {
    finish(kExitCannotBind, "cannot listen on " + app_.config.address + " port " +
                                std::to_string(app_.config.port) + ": " + error.code().message());
  }
}

void Process::wait_for_signal() {
  signals_.async_wait([this](error_code error, int number) {
    if (error) return;
    on_signal(number);
    wait_for_signal();
  });
}

/// SIGINT, from a keyboard, means what SIGTERM means. With another drain signal both end the process at once, as nginx
/// does: https://nginx.org/en/docs/control.html
bool Process::drains(int number) const {
  return number == app_.config.drain_signal || (number == SIGINT && app_.config.drain_signal == SIGTERM);
}

void Process::on_signal(int number) {
  if (!app_.config.graceful || !drains(number)) end_at_once(number);
  if (!app_.lifecycle.draining()) {
    begin_drain(number);
  } else if (number == SIGINT) {
    end_at_once(number);
  } else {
    log_line(signal_name(number) + " again, already draining");
  }
}

void Process::end_at_once(int number) {
  log_line(signal_name(number) + " received, exiting at once, dropping " +
           std::to_string(app_.metrics.in_flight()) + " in flight");
  std::_Exit(128 + number);
}

void Process::begin_drain(int number) {
  log_line(signal_name(number) + " received, draining " + std::to_string(app_.metrics.in_flight()) +
           " in flight on " + std::to_string(app_.connections.size()) + " connections, for at most " +
           format_duration(app_.config.drain_timeout));
  drain_start_ = Clock::now();
  server_.begin_drain();
  poll_drain();
}

void Process::poll_drain() {
  const auto waited = std::chrono::round<std::chrono::milliseconds>(Clock::now() - drain_start_);
  const int in_flight = app_.metrics.in_flight();
  const bool late = waited >= app_.config.drain_timeout;
  if (late && in_flight > 0) {
    return finish(kExitCutOff, "drain timeout of " + format_duration(app_.config.drain_timeout) +
                                   " passed, " + std::to_string(in_flight) + " in flight cut off");
  }
  if (late || server_.drained())
    return finish(kExitClean, "exited cleanly, drained in " + format_duration(waited));
  timer_.expires_after(kDrainPoll);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) poll_drain();
  });
}

void Process::finish(int exit_code, const std::string& event) {
  exit_code_ = exit_code;
  log_line(event);
  io_.stop();
}

}  // namespace

int run_process(const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our log may go away
  return Process(config).run();
}

}  // namespace monolith
