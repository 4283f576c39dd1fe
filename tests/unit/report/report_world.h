// Fixed event streams, and a terminal that keeps what is written.
#pragma once
#include <gtest/gtest.h>

#include "host/terminal.h"
#include "stage/event.h"

namespace zdt::report {

class KeptTerminal : public host::Terminal {
 public:
  bool output_is_terminal() const override { return false; }
  bool input_is_terminal() const override { return false; }
  int columns() const override { return 80; }
  Task<std::optional<std::string>> read_key() override { co_return std::nullopt; }

  /// The text behind the last newline but one.
  std::string last_line() const {
    const std::string whole = out.substr(0, out.size() - 1);
    return whole.substr(whole.rfind('\n') + 1);
  }

  std::string out, err;

 protected:
  int put(Channel channel, std::string_view bytes) override {
    (channel == Channel::kOut ? out : err) += bytes;
    return 0;
  }
};

/// Builds a stream: each event comes 100 ms after the one before, unless pass() lets more time go by.
class Stream {
 public:
  explicit Stream(std::string script = "rollout") : script_(std::move(script)) {}

  Stream& event(std::string type, json data = json::object()) {
    now_ += milliseconds(100);
    events_.push_back({now_, events_.size() + 1, std::move(type), script_, step_, std::move(data)});
    return *this;
  }
  Stream& in(std::string step) {
    step_ = std::move(step);
    return *this;
  }
  Stream& pass(milliseconds time) {
    now_ += time;
    return *this;
  }
  Stream& run_started(const std::vector<std::string>& steps, json more = json::object()) {
    json listed = json::array();
    for (const std::string& id : steps)
      listed.push_back({{"id", id}, {"title", "Do " + id}, {"checkpoint", ""}});
    more.update({{"title", "A " + script_},
                 {"params", json::object()},
                 {"steps", listed},
                 {"resumed", false},
                 {"format", 1}});
    return event("run-started", std::move(more));
  }
  Stream& step_started(std::string step, int index) {
    const std::string title = "Do " + step;
    return in(std::move(step))
        .event("step-started", {{"title", title}, {"notes", ""}, {"index", index}, {"total", 9}});
  }
  Stream& step_finished(std::string status, json error = nullptr) {
    json data{{"status", std::move(status)}, {"took_ms", 1234}, {"state", json::object()}, {"assertions", 0}};
    if (!error.is_null()) data["error"] = std::move(error);
    event("step-finished", std::move(data));
    return in("");
  }
  Stream& run_finished(std::string status, json error = nullptr, json figures = json::object()) {
    json data = std::move(figures);
    data.update({{"status", std::move(status)},
                 {"passed", 1},
                 {"failed", 1},
                 {"skipped", 1},
                 {"assertions", 3},
                 {"took_ms", 4600}});
    if (!error.is_null()) data["error"] = std::move(error);
    return in("").event("run-finished", std::move(data));
  }

  template <class Receiver>
  void into(Receiver& receiver) const {
    for (const stage::Event& each : events_) receiver.receive(each);
  }

 private:
  std::string script_, step_;
  WallTime now_{std::chrono::seconds(1'767'225'600)};
  std::vector<stage::Event> events_;
};

/// Every type of event once or more, ending in a failure.
Stream eventful_run();
/// Three steps at once, and one after them; all pass.
Stream side_by_side_run();

}  // namespace zdt::report
