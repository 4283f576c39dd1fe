#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace monolith::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{10};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Child::Child(const std::vector<std::string>& flags, const std::vector<std::string>& environment) {
  std::vector<std::string> words = {MONOLITH_BINARY, "--address", "127.0.0.1", "--port", "0"};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<std::string> variables = environment;
  const auto argv = pointers(words);
  const auto envp = pointers(variables);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pipe_);
}

bool Child::read_more(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd wait{pipe_, POLLIN, 0};
  if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) != 1) return false;
  std::array<char, 1024> chunk;
  const auto count = ::read(pipe_, chunk.data(), chunk.size());
  if (count <= 0) return false;
  output_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

bool Child::says(const std::string& text) {
  const auto until = Clock::now() + kPatience;
  while (output_.find(text) == std::string::npos) {
    if (!read_more(until)) return false;
  }
  return true;
}

std::uint16_t Child::port() {
  const std::string mark = "listening on 127.0.0.1:";
  if (!says(mark) || !says(" version=")) return 0;
  return static_cast<std::uint16_t>(std::stoi(output_.substr(output_.find(mark) + mark.size())));
}

void Child::signal(int number) { ::kill(pid_, number); }

int Child::wait() {
  const auto until = Clock::now() + kPatience;
  while (read_more(until)) {
  }
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > until) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace monolith::test
