#include "host/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <array>
#include <cerrno>

#include "host/key_queue.h"
#include "host/real/terminal_mode.h"

namespace zdt::host {
namespace {

/// Waits until a descriptor that somebody made non-blocking can take more.
int wait_until_writable(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  return ::poll(&waiting, 1, -1) < 0 && errno != EINTR ? errno : 0;
}

int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      if (const int failure = wait_until_writable(fd); failure != 0) return failure;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

bool output_was_closed = false;

constexpr std::chrono::milliseconds kRestOfAKey{50};

/// Standard input's flags, which are those of the terminal's other users as well: waiting for it makes it non-blocking.
class KeptFlags {
 public:
  KeptFlags() : flags_(fcntl(STDIN_FILENO, F_GETFL)) {}
  ~KeptFlags() {
    if (flags_ >= 0) fcntl(STDIN_FILENO, F_SETFL, flags_);
  }
  KeptFlags(const KeptFlags&) = delete;
  KeptFlags& operator=(const KeptFlags&) = delete;

 private:
  int flags_;
};

class RealTerminal : public Terminal {
 public:
  explicit RealTerminal(asio::io_context& loop) : loop_(loop) {}

  bool output_is_terminal() const override { return isatty(STDOUT_FILENO) == 1; }
  bool input_is_terminal() const override { return isatty(STDIN_FILENO) == 1; }

  int columns() const override {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  }

  Task<std::optional<std::string>> read_key() override {
    const RawMode raw;
    while (true) {
      if (auto key = keys_.take()) co_return key;
      if (!keys_.empty() && !co_await more_comes()) co_return keys_.take_as_it_is();
      const bool goes_on = co_await read_more();
      if (!goes_on) co_return keys_.take_as_it_is();
    }
  }

  void forget_keys() override {
    keys_.clear();
    tcflush(STDIN_FILENO, TCIFLUSH);  // of what is no terminal nothing is dropped
  }

  std::shared_ptr<void> hold_keys() override { return std::make_shared<RawMode>(); }
  std::shared_ptr<void> lend() override { return std::make_shared<OwnMode>(); }

 protected:
  int put(Channel channel, std::string_view bytes) override {
    if (channel == Channel::kErr) return write_whole(STDERR_FILENO, bytes);
    return output_was_closed && !bytes.empty() ? EBADF : write_whole(STDOUT_FILENO, bytes);
  }

  /// Network file systems tell a full disk or quota only when a descriptor is closed.
  int flush_output() override {
    const int copy = dup(STDOUT_FILENO);
    return copy >= 0 && close(copy) != 0 && errno != EINTR ? errno : 0;
  }

 private:
  /// False at the end of input.
  Task<bool> read_more() {
    const KeptFlags blocking;
    // A duplicate, so that closing the descriptor leaves standard input open for child processes.
    asio::posix::stream_descriptor input(loop_, dup(STDIN_FILENO));
    co_await input.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    std::array<char, 256> buffer;
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size > 0) keys_.add({buffer.data(), static_cast<size_t>(size)});
    co_return size > 0 || (size < 0 && errno == EINTR);
  }

  /// Whether the rest of a key arrives: a slow line may cut an escape sequence.
  Task<bool> more_comes() {
    const auto end = std::chrono::steady_clock::now() + kRestOfAKey;
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    while (::poll(&waiting, 1, 0) == 0) {
      if (std::chrono::steady_clock::now() >= end) co_return false;
      co_await sleep_for(std::chrono::milliseconds(5));
    }
    co_return true;
  }

  asio::io_context& loop_;
  KeyQueue keys_;
};

/// The log's lines on stderr.
class LogSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    write_whole(STDERR_FILENO, breaker_(clean({formatted.data(), formatted.size()})));
  }
  void flush_() override {}

 private:
  CommandBreaker breaker_;
};

}  // namespace

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (fd == STDOUT_FILENO) output_was_closed = true;
    // The lowest free number is the one that is closed. Inherited by children, as standard streams are.
    if (open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd) std::abort();
  }
}

void log_to_stderr() {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("zdt-demo", std::make_shared<LogSink>()));
}

std::unique_ptr<Terminal> real_terminal(asio::io_context& loop) { return std::make_unique<RealTerminal>(loop); }

}  // namespace zdt::host
