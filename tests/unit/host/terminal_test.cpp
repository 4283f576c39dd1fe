// The real terminal, on a pseudo-terminal: a child has it as its standard input, the test types.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <csignal>

#include "host/interruption.h"
#include "host/terminal.h"
#include "host/unique_fd.h"
#include "unit/host/on_loop.h"

namespace zdt::host {
namespace {

using Work = std::function<void(Terminal&, asio::io_context&)>;

/// Does `work` in a child that has a terminal of its own; what it tell()s arrives here.
class OnTerminal {
 public:
  explicit OnTerminal(const Work& work) {
    int pipe_ends[2], master = -1, slave = -1;
    if (pipe(pipe_ends) != 0 || openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    master_.reset(master);
    slave_.reset(slave);
    said_.reset(pipe_ends[0]);
    pid_ = fork();
    if (pid_ == 0) be_child(work, slave, pipe_ends[1]);
    close(pipe_ends[1]);
  }
  ~OnTerminal() {
    if (pid_ > 0) kill(pid_, SIGKILL), waitpid(pid_, nullptr, 0);
  }

  void type(std::string_view keys) { ASSERT_EQ(write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size())); }

  /// The next line that the child tells; "" when it ended or says nothing for five seconds.
  std::string line() {
    std::string text;
    char c = 0;
    pollfd waiting{said_.get(), POLLIN, 0};
    while (poll(&waiting, 1, 5'000) == 1 && read(said_.get(), &c, 1) == 1 && c != '\n') text += c;
    return text;
  }
  /// What the terminal has printed by itself: the echo.
  std::string echo() {
    std::string text(100, '\0');
    pollfd waiting{master_.get(), POLLIN, 0};
    if (poll(&waiting, 1, 0) != 1) return "";
    text.resize(static_cast<size_t>(std::max<ssize_t>(read(master_.get(), text.data(), text.size()), 0)));
    return text;
  }
  bool echoes() const {
    termios mode{};
    return tcgetattr(slave_.get(), &mode) == 0 && (mode.c_lflag & ECHO) != 0 && (mode.c_lflag & ICANON) != 0;
  }
  void signal(int number) { kill(pid_, number); }
  /// How waitpid(2) tells the child's next change.
  int change() {
    int status = 0;
    waitpid(pid_, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) pid_ = 0;
    return status;
  }

 private:
  [[noreturn]] static void be_child(const Work& work, int slave, int say) {
    login_tty(dup(slave));
    dup2(say, 9);
    asio::io_context loop(1);
    const auto terminal = real_terminal(loop);
    work(*terminal, loop);
    _exit(0);
  }
  UniqueFd master_, slave_, said_;
  pid_t pid_ = 0;
};

void tell(std::string text) {
  text += '\n';
  if (write(9, text.data(), text.size()) < 0) _exit(9);
}

/// Waits without reading, as a step does.
void wait_until_typed(int bytes) {
  for (pollfd none{-1, 0, 0}; bytes > 0; poll(&none, 1, 5)) {
    int there = 0;
    ioctl(STDIN_FILENO, FIONREAD, &there);
    if (there >= bytes) return;
  }
}

std::string key(Terminal& terminal, asio::io_context& loop) { return testing::on_loop(loop, terminal.read_key()).value_or("end"); }

TEST(RealTerminal, AllKeysOfOneWriteArriveAndNoneIsEchoed) {
  OnTerminal child([](Terminal& terminal, asio::io_context& loop) {
    const auto held = terminal.hold_keys();
    tell("ready");
    for (int i = 0; i < 4; ++i) tell(key(terminal, loop));
    tell((fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) == 0 ? "blocking" : "not blocking");
  });
  ASSERT_EQ(child.line(), "ready");
  EXPECT_FALSE(child.echoes());
  child.type("go\x1b[6~!");
  EXPECT_EQ(child.line(), "g");
  EXPECT_EQ(child.line(), "o");
  EXPECT_EQ(child.line(), "\x1b[6~");
  EXPECT_EQ(child.line(), "!");
  EXPECT_EQ(child.line(), "blocking") << "a shell shares the terminal";
  EXPECT_EQ(child.echo(), "");
  child.change();
  EXPECT_TRUE(child.echoes());
}

TEST(RealTerminal, ForgetsWhatWasTypedBeforeAQuestionBothReadAndUnread) {
  OnTerminal child([](Terminal& terminal, asio::io_context& loop) {
    const auto held = terminal.hold_keys();
    tell("ready");
    tell(key(terminal, loop));  // and "b" is read with it
    wait_until_typed(1);
    terminal.forget_keys();
    tell("asks");
    tell(key(terminal, loop));
  });
  ASSERT_EQ(child.line(), "ready");
  child.type("ab");
  ASSERT_EQ(child.line(), "a");
  child.type("c");
  ASSERT_EQ(child.line(), "asks");
  child.type("d");
  EXPECT_EQ(child.line(), "d");
}

TEST(RealTerminal, TheShellHasTheTerminalsOwnModesWhileItIsLent) {
  OnTerminal child([](Terminal& terminal, asio::io_context&) {
    const auto held = terminal.hold_keys();
    {
      const auto lent = terminal.lend();
      tell("lent");
      wait_until_typed(2);
    }
    tell("back");
    pause();
  });
  ASSERT_EQ(child.line(), "lent");
  EXPECT_TRUE(child.echoes());
  child.type("x\n");
  ASSERT_EQ(child.line(), "back");
  EXPECT_FALSE(child.echoes());
}

TEST(RealTerminal, HasItsModesBackAfterEverySignalThatEnds) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGFPE}) {
    OnTerminal child([](Terminal& terminal, asio::io_context&) {
      const auto held = terminal.hold_keys();
      tell("ready");
      pause();
    });
    ASSERT_EQ(child.line(), "ready");
    EXPECT_FALSE(child.echoes());
    child.signal(number);
    const int status = child.change();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == number) << number;
    EXPECT_TRUE(child.echoes()) << number;
  }
}

TEST(RealTerminal, HasItsModesBackWhenInterruptionsHaveComeAndGone) {
  OnTerminal child([](Terminal& terminal, asio::io_context& loop) {
    const auto held = terminal.hold_keys();
    { const Interruptions interruptions(loop.get_executor()); }
    tell("ready");
    pause();
  });
  ASSERT_EQ(child.line(), "ready");
  child.signal(SIGTERM);
  EXPECT_TRUE(WIFSIGNALED(child.change()));
  EXPECT_TRUE(child.echoes());
}

/// A shell's part: starts `work` in a process group of its own with the terminal (one that a session's leader does not watch over
/// cannot be stopped), tells when it stops, and lets it go on at SIGUSR1.
void watch_over(const std::function<void()>& work) {
  sigset_t go_on;
  sigemptyset(&go_on);
  sigaddset(&go_on, SIGUSR1);
  sigprocmask(SIG_BLOCK, &go_on, nullptr);
  signal(SIGTTOU, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    signal(SIGTTOU, SIG_DFL);
    work();
    _exit(0);
  }
  int status = 0, number = 0;
  waitpid(child, &status, WUNTRACED);
  tell(WIFSTOPPED(status) ? "stopped" : "ended");
  sigwait(&go_on, &number);
  kill(child, SIGCONT);
  waitpid(child, &status, 0);
}

TEST(RealTerminal, HasItsModesBackWhileTheProgramIsStopped) {
  OnTerminal child([](Terminal& terminal, asio::io_context& loop) {
    watch_over([&] {
      const auto held = terminal.hold_keys();
      tell("ready");
      raise(SIGTSTP);
      tell("goes on");
      tell(key(terminal, loop));
    });
  });
  ASSERT_EQ(child.line(), "ready");
  ASSERT_EQ(child.line(), "stopped");
  EXPECT_TRUE(child.echoes());
  child.signal(SIGUSR1);
  ASSERT_EQ(child.line(), "goes on");
  EXPECT_FALSE(child.echoes());
  child.type("k");
  EXPECT_EQ(child.line(), "k");
}

}  // namespace
}  // namespace zdt::host
