// A node without pods: logs are given by the test, and a few commands are understood.
#pragma once
#include <deque>

#include "rehearsal/node/node.h"

namespace zdt::rehearsal::testing {

class FakeLog : public LogReader {
 public:
  explicit FakeLog(std::deque<std::string> lines) : lines_(std::move(lines)) {}
  Task<std::optional<std::string>> next() override {
    std::optional<std::string> line;
    if (!lines_.empty()) {
      line = lines_.front();
      lines_.pop_front();
    }
    co_return line;
  }

 private:
  std::deque<std::string> lines_;
};

/// "echo WORDS…", "exit CODE", "cat", which ends with its input, and "yes", which does not end.
class FakeExec : public ExecSession {
 public:
  using Output = OutputSink;
  FakeExec(asio::any_io_executor executor, std::vector<std::string> argv, Output output)
      : argv_(std::move(argv)), output_(std::move(output)), ended_(executor) {}
  Task<void> write_input(std::string data) override {
    co_await output_(host::Stream::kOut, std::move(data));
  }
  void close_input() override {
    input_closed_ = true;
    ended_.notify_all();
  }
  Task<int> wait() override {
    if (argv_[0] == "exit") co_return std::stoi(argv_[1]);
    if (argv_[0] == "cat") {
      while (!input_closed_) co_await ended_.wait();
      co_return 0;
    }
    while (argv_[0] == "yes") {
      std::string piece(16'384, 'y');
      said += piece.size();
      co_await output_(host::Stream::kOut, std::move(piece));
    }
    for (size_t i = 1; i < argv_.size(); ++i) {
      std::string word = argv_[i] + (i + 1 < argv_.size() ? " " : "\n");
      co_await output_(host::Stream::kOut, std::move(word));
    }
    std::string complaint = "a word on stderr\n";
    co_await output_(host::Stream::kErr, std::move(complaint));
    co_return 0;
  }

  static inline size_t said = 0;  ///< bytes of all "yes"

 private:
  std::vector<std::string> argv_;
  Output output_;
  Condition ended_;
  bool input_closed_ = false;
};

class FakeNode : public Node {
 public:
  explicit FakeNode(asio::any_io_executor executor) : executor_(executor) {}
  Task<Result<void>> start() override { co_return Result<void>(); }
  Result<std::unique_ptr<LogReader>> logs(const std::string&, const std::string& pod,
                                          const std::string& container, LogOptions options) override {
    last_log = options;
    if (!log_failure.what.empty()) return log_failure;
    std::deque<std::string> lines = {pod + "/" + container + " one\n", "two\n", "three\n"};
    while (options.tail_lines >= 0 && lines.size() > static_cast<size_t>(options.tail_lines))
      lines.pop_front();
    return std::unique_ptr<LogReader>(new FakeLog(std::move(lines)));
  }
  Result<std::unique_ptr<ExecSession>> exec(const std::string&, const std::string&,
                                            const std::string& container, std::vector<std::string> argv,
                                            FakeExec::Output on_output) override {
    last_container = container;
    if (argv[0] == "missing") return Error{Code::kInvalid, "container not running (web)", ""};
    return std::unique_ptr<ExecSession>(new FakeExec(executor_, std::move(argv), std::move(on_output)));
  }

  /// Every pod lives in the network of the test.
  Result<std::string> network_of(const std::string&, const std::string&) override { return std::string("/proc/self/ns/net"); }

  std::vector<PodUsage> pod_usage() const override { return pods_use; }
  std::vector<NodeUsage> node_usage() const override { return nodes_use; }

  std::vector<PodUsage> pods_use;
  std::vector<NodeUsage> nodes_use;
  LogOptions last_log;
  Error log_failure;
  std::string last_container;

 private:
  asio::any_io_executor executor_;
};

}  // namespace zdt::rehearsal::testing
