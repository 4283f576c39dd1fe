// `-o ndjson`: one event per line on stdout, as the journal has them (docs/journal.md).
#pragma once
#include "host/terminal.h"
#include "stage/event.h"

namespace zdt::report {

class Ndjson : public stage::Sink {
 public:
  explicit Ndjson(host::Terminal& terminal) : terminal_(terminal) {}
  void receive(const stage::Event& event) override { terminal_.write_json_text(stage::to_line(event)); }

 private:
  host::Terminal& terminal_;
};

}  // namespace zdt::report
