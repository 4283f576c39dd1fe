#include "script/watch.h"

#include <setjmp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "host/interruption.h"

#ifndef sigev_notify_thread_id  // glibc 2.36 has the field, but not its name
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace zdt::script {
namespace {

using WatchClock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds kGraceAfterInterruption = milliseconds(300), kHeapRetry = milliseconds(1);
constexpr int kGracesForCpp = 4;

/// A thread's slice. The handler interrupts this very thread, so that plain order in the program is enough.
struct Slot {
  lua_State* volatile state = nullptr;
  lua_Hook on_late = nullptr;
  SliceLimits limits;
  sigjmp_buf* back = nullptr;
  std::atomic<Late> late{Late::kNo};
  std::atomic<int> cpp_on_stack{0}, heap_in_use{0};
  int graces = 0;
  timer_t timer{};
  bool has_timer = false;
};
static_assert(std::atomic<Late>::is_always_lock_free);

thread_local Slot slot;
/// The timer of the slice that runs, for Ctrl-C, whose signal may come to any thread.
std::atomic<Slot*> watched_slot{nullptr};

int watch_signal() { return SIGRTMIN + 4; }

void set_timer(const Slot& watched, nanoseconds after) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (after - seconds).count();
  timer_settime(watched.timer, 0, &when, nullptr);
}

Late reason_of(const Slot& watched) {
  if (host::Interruptions::pending()) return Late::kInterrupted;
  return WatchClock::now() >= watched.limits.step ? Late::kStep : Late::kGuard;
}

/// Lua's C code has not come back after the hook was set.
void leave_or_wait(Slot& watched) {
  if (watched.cpp_on_stack > 0) {
    if (++watched.graces > kGracesForCpp) host::end_at_once(2, "a call of the script does not come back: ended");
    set_timer(watched, watched.limits.grace);
  } else if (watched.heap_in_use > 0) {
    set_timer(watched, kHeapRetry);
  } else {
    siglongjmp(*watched.back, 1);
  }
}

void on_watch_signal(int) {
  Slot& watched = slot;
  if (watched.state == nullptr) return;
  const int saved_errno = errno;
  if (watched.late == Late::kNo) {
    watched.late = reason_of(watched);
    lua_sethook(watched.state, watched.on_late, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    set_timer(watched, watched.limits.grace);
  } else {
    leave_or_wait(watched);
  }
  errno = saved_errno;
}

/// A short piece of Lua ends by itself; a long one is told soon.
void on_interruption_in_slice() {
  Slot* watched = watched_slot.load();
  if (watched != nullptr && watched->late == Late::kNo) set_timer(*watched, kGraceAfterInterruption);
}

void make_timer() {
  if (slot.has_timer) return;
  struct sigaction action {};
  action.sa_handler = &on_watch_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(watch_signal(), &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = watch_signal();
  event.sigev_notify_thread_id = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &slot.timer) != 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "timer_create");
  }
  slot.has_timer = true;
  host::Interruptions::at_signal(&on_interruption_in_slice);
}

nanoseconds first_look(const SliceLimits& limits) {
  if (host::Interruptions::pending()) return kGraceAfterInterruption;
  nanoseconds look = limits.guard;
  if (limits.step != WatchClock::time_point::max()) look = std::min<nanoseconds>(look, limits.step - WatchClock::now());
  return std::max<nanoseconds>(look, nanoseconds(1));  // zero would disarm the timer
}

/// The slice, while it lives.
class Armed {
 public:
  Armed(lua_State* state, const SliceLimits& limits, lua_Hook on_late, sigjmp_buf& back) {
    make_timer();
    slot.limits = limits;
    slot.on_late = on_late;
    slot.back = &back;
    slot.late = Late::kNo;
    slot.graces = 0;
    slot.state = state;
    watched_slot = &slot;
    set_timer(slot, first_look(limits));
  }
  ~Armed() {
    watched_slot = nullptr;
    slot.state = nullptr;
    set_timer(slot, nanoseconds(0));
    slot.late = Late::kNo;
  }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;
};

/// The jump came out of the handler: its signal is still blocked.
void unblock_watch_signal() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, watch_signal());
  pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

}  // namespace

Watched run_watched(lua_State* state, const SliceLimits& limits, lua_Hook on_late, int (*work)(void*), void* argument) {
  if (in_slice()) return {work(argument), Late::kNo};
  sigjmp_buf back;
  const Armed armed(state, limits, on_late, back);
  if (sigsetjmp(back, 0) != 0) {
    unblock_watch_signal();
    return {std::nullopt, slot.late};
  }
  const int result = work(argument);
  return {result, slot.late};
}

Late late() { return slot.late.load(std::memory_order_relaxed); }
bool in_slice() { return slot.state != nullptr; }

CppOnStack::CppOnStack() { ++slot.cpp_on_stack; }
CppOnStack::~CppOnStack() { --slot.cpp_on_stack; }
HeapInUse::HeapInUse() { ++slot.heap_in_use; }
HeapInUse::~HeapInUse() { --slot.heap_in_use; }

}  // namespace zdt::script
