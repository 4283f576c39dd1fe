#include "host/interruption.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "host/real/spawn.h"
#include "host/terminal.h"

namespace zdt::host {
namespace {

constexpr int64_t kLoopIsStuckAfterMs = 1'000;

// What the handler reads and writes: lock-free, or it may not be touched there.
std::atomic<int> arrived{0}, taken{0}, arrival_fd{-1};
std::atomic<int64_t> first_untaken_ms{0};
std::atomic<void (*)()> action_at_signal{nullptr};
static_assert(std::atomic<int64_t>::is_always_lock_free && std::atomic<void (*)()>::is_always_lock_free);

int64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000 + now.tv_nsec / 1'000'000;
}

void on_interruption(int) {
  const int saved_errno = errno;
  const int64_t now = monotonic_ms();
  const int untaken = arrived.fetch_add(1) + 1 - taken.load();
  if (untaken >= 2 && now - first_untaken_ms.load() > kLoopIsStuckAfterMs) end_at_once(130, "ended at once");
  if (untaken == 1) first_untaken_ms = now;
  const uint64_t one = 1;
  // Full (2^64 - 2 signals) is the only failure, and then the reader is woken already.
  [[maybe_unused]] const ssize_t written = ::write(arrival_fd.load(), &one, sizeof one);
  if (auto* action = action_at_signal.load()) action();
  errno = saved_errno;
}

struct sigaction sigint_before {}, sigterm_before {};

void take_signals() {
  struct sigaction action {};
  action.sa_handler = &on_interruption;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGINT, &action, &sigint_before);
  sigaction(SIGTERM, &action, &sigterm_before);
}

/// The actions are those of before, which may be to give the terminal its modes back (host/real/terminal_mode.h).
void give_signals_back() {
  sigaction(SIGINT, &sigint_before, nullptr);
  sigaction(SIGTERM, &sigterm_before, nullptr);
}

int new_eventfd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "eventfd");
  return fd;
}

}  // namespace

Interruptions::Interruptions(const asio::any_io_executor& executor)
    : arrivals_(std::make_shared<asio::posix::stream_descriptor>(executor, new_eventfd())) {
  taken = arrived.load();
  arrival_fd = arrivals_->native_handle();
  take_signals();
}

Interruptions::~Interruptions() {
  give_signals_back();
  arrival_fd = -1;
  taken = arrived.load();
  boost::system::error_code ignored;  // whoever waits is woken, with "aborted"
  arrivals_->close(ignored);
}

Task<void> Interruptions::next() {
  const auto arrivals = arrivals_;
  while (!pending()) {
    co_await arrivals->async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    uint64_t count = 0;
    // Several signals may have come in one: `arrived` has their number. Nothing to read means the same.
    [[maybe_unused]] const ssize_t size = ::read(arrivals->native_handle(), &count, sizeof count);
  }
  ++taken;
  first_untaken_ms = monotonic_ms();
}

bool Interruptions::pending() { return arrival_fd.load() >= 0 && arrived.load() > taken.load(); }

void Interruptions::at_signal(void (*action)()) { action_at_signal = action; }

void end_at_once(int code, const char* why) noexcept {
  restore_terminal_mode();
  kill_owned_children();
  for (const char* part : {"\nzdt-demo: ", why, "\n"}) {
    // With stderr gone there is nobody to tell.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, part, std::strlen(part));
  }
  _exit(code);
}

}  // namespace zdt::host
