#include "host/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <csignal>

namespace zdt::host {
namespace {

void write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) return;  // nobody is left to tell
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

// Of the one terminal that a process has: a signal's handler must find them.
termios saved_mode{};
volatile std::sig_atomic_t raw_mode_is_on = 0;

/// Character-at-a-time input without echo, while it lives.
class RawMode {
 public:
  RawMode() {
    if (tcgetattr(STDIN_FILENO, &saved_mode) != 0) return;
    termios raw = saved_mode;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw_mode_is_on = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0 ? 1 : 0;
  }
  ~RawMode() { restore_terminal_mode(); }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
};

class RealTerminal : public Terminal {
 public:
  explicit RealTerminal(asio::io_context& loop) : loop_(loop) {}

  void write(std::string_view text) override { write_whole(STDOUT_FILENO, text); }
  void write_error(std::string_view text) override { write_whole(STDERR_FILENO, text); }
  bool output_is_terminal() const override { return isatty(STDOUT_FILENO) == 1; }
  bool input_is_terminal() const override { return isatty(STDIN_FILENO) == 1; }

  int columns() const override {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  }

  Task<std::optional<std::string>> read_key() override {
    const RawMode raw;
    // A duplicate, so that closing the descriptor leaves standard input open and blocking for child processes.
    asio::posix::stream_descriptor input(loop_, dup(STDIN_FILENO));
    co_await input.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    char buffer[16];
    const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (size <= 0) co_return std::nullopt;
    co_return std::string(buffer, buffer[0] == '\x1b' ? static_cast<size_t>(size) : 1);
  }

 private:
  asio::io_context& loop_;
};

}  // namespace

void restore_terminal_mode() noexcept {
  if (raw_mode_is_on != 0) tcsetattr(STDIN_FILENO, TCSANOW, &saved_mode);
  raw_mode_is_on = 0;
}

std::unique_ptr<Terminal> real_terminal(asio::io_context& loop) { return std::make_unique<RealTerminal>(loop); }

}  // namespace zdt::host
