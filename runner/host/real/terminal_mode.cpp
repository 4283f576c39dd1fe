#include "host/real/terminal_mode.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "host/terminal.h"

namespace zdt::host {
namespace {

// Of the one terminal that a process has: a signal's handler must find them.
termios own_mode{}, raw_mode{};
volatile std::sig_atomic_t raw_mode_is_on = 0;
int users = 0;

/// Those that end a process by default and can be caught, but for SIGPIPE and what asks for something else.
constexpr std::array kEnding{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS,
                             SIGFPE,  SIGILL,  SIGSYS,  SIGXCPU, SIGXFSZ, SIGALRM, SIGTRAP};

void switch_on() {
  raw_mode_is_on = tcsetattr(STDIN_FILENO, TCSANOW, &raw_mode) == 0 ? 1 : 0;
}

void set_default(int number) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, nullptr);
}

void unblock(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

/// The process ends as it would have without us.
void on_end(int number) {
  restore_terminal_mode();
  set_default(number);
  unblock(number);
  raise(number);
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

/// Ctrl-Z: whoever has the terminal meanwhile finds it as it was. raise() returns when the process goes on.
void on_stop(int number) {
  const int saved_errno = errno;
  const bool was_on = raw_mode_is_on != 0;
  restore_terminal_mode();
  set_default(number);
  unblock(number);
  raise(number);
  set_handler(number, &on_stop);
  if (was_on) switch_on();
  errno = saved_errno;
}

void exchange_handler(int number, void (*from)(int), void (*to)(int)) {
  struct sigaction now {};
  const bool known = sigaction(number, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0;
  if (known && now.sa_handler == from) set_handler(number, to);
}

void guard(bool on) {
  for (const int number : kEnding) on ? exchange_handler(number, SIG_DFL, &on_end) : exchange_handler(number, &on_end, SIG_DFL);
  on ? exchange_handler(SIGTSTP, SIG_DFL, &on_stop) : exchange_handler(SIGTSTP, &on_stop, SIG_DFL);
}

}  // namespace

RawMode::RawMode() {
  if (++users > 1 || tcgetattr(STDIN_FILENO, &own_mode) != 0) return;
  raw_mode = own_mode;
  raw_mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw_mode.c_cc[VMIN] = 1;
  raw_mode.c_cc[VTIME] = 0;
  guard(true);
  switch_on();
}

RawMode::~RawMode() {
  if (--users > 0) return;
  restore_terminal_mode();
  guard(false);
}

OwnMode::OwnMode() { restore_terminal_mode(); }

OwnMode::~OwnMode() {
  if (users > 0 && isatty(STDIN_FILENO) == 1) switch_on();
}

void restore_terminal_mode() noexcept {
  if (raw_mode_is_on == 0) return;
  raw_mode_is_on = 0;
  tcflush(STDIN_FILENO, TCIFLUSH);
  tcsetattr(STDIN_FILENO, TCSANOW, &own_mode);
}

}  // namespace zdt::host
