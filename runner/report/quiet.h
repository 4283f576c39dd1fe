// `-o quiet`: only the last line.
#pragma once
#include "host/terminal.h"
#include "report/summary.h"

namespace zdt::report {

class Quiet : public stage::Sink {
 public:
  explicit Quiet(host::Terminal& terminal) : terminal_(terminal) {}
  void receive(const stage::Event& event) override { tally_.receive(event); }
  /// Once, on every way out. outside  see Tally::last_line.
  void finish(const std::optional<Error>& outside = std::nullopt) {
    terminal_.write(tally_.last_line(outside) + "\n");
  }

 private:
  host::Terminal& terminal_;
  Tally tally_;
};

}  // namespace zdt::report
