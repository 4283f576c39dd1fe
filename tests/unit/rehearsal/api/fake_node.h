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

/// "echo WORDS…", "exit CODE", and "cat", which ends with its input.
class FakeExec : public ExecSession {
 public:
  using Output = std::function<void(host::Stream, std::string_view)>;
  FakeExec(asio::any_io_executor executor, std::vector<std::string> argv, Output output)
      : argv_(std::move(argv)), output_(std::move(output)), ended_(executor) {}
  Task<void> write_input(std::string data) override {
    output_(host::Stream::kOut, data);
    co_return;
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
    for (size_t i = 1; i < argv_.size(); ++i)
      output_(host::Stream::kOut, argv_[i] + (i + 1 < argv_.size() ? " " : "\n"));
    output_(host::Stream::kErr, "a word on stderr\n");
    co_return 0;
  }

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
