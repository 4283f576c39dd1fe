// Lines that stay, and one below them that is written over.
#pragma once
#include "host/terminal.h"
#include "report/colour.h"

namespace zdt::report {

/// Without style.rewrite, show() does nothing and no cursor sequence is ever written.
class LiveLine {
 public:
  LiveLine(host::Terminal& terminal, const TerminalStyle& style) : terminal_(terminal), style_(style) {}
  ~LiveLine() { erase(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  /// Writes `text` and a newline above the live line.
  void print(std::string_view text);
  /// Puts `text` (clean, one line; cut to the columns) in the place of the live line.
  void show(std::string text);
  void erase();

 private:
  void draw();
  host::Terminal& terminal_;
  TerminalStyle style_;
  std::string text_;
};

}  // namespace zdt::report
