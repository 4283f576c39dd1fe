#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace monolith::test {

/// The real program as a child process, with its stdout and stderr in a pipe. Killed, if need be, when
/// destroyed.
class Child {
 public:
  /// `flags` follow "--address 127.0.0.1 --port 0"; `environment` is all that the child gets, as NAME=value.
  explicit Child(const std::vector<std::string>& flags, const std::vector<std::string>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Reads output until it holds `text`. False after 10 s or at the end of the output.
  bool says(const std::string& text);
  /// The port of the "listening on" line, which is waited for. 0 when it does not come.
  std::uint16_t port();
  void signal(int number);
  /// Waits for the end, at most 10 s. The exit code; 1000 + the signal that ended it; -1 when it did not end.
  int wait();
  const std::string& output() const { return output_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until);
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

}  // namespace monolith::test
