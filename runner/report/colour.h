// Whether a terminal report may use colour, Unicode marks and a line that is written over.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace zdt::report {

/// colour   escape sequences for colours.   unicode  ✔ ✖ ⚠ ◌ →; else ok, FAIL, WARN, skip, ->.
/// rewrite  a live status line that is erased and written again.   columns  the width that it may take.
struct TerminalStyle {
  bool colour = false;
  bool unicode = false;
  bool rewrite = false;
  int columns = 80;
};

enum class ColourFlag { kAuto, kAlways, kNever };

/// auto, always, never. Fails kUsage.
Result<ColourFlag> parse_colour_flag(std::string_view word);

/// colour   by the flag, then NO_COLOR when not empty (https://no-color.org), then TERM=dumb, then
/// is_terminal. unicode  by the first of LC_ALL, LC_CTYPE, LANG that is not empty: it names UTF-8. rewrite on
/// a terminal that is not dumb.
TerminalStyle decide_style(ColourFlag flag, const std::map<std::string, std::string>& environment,
                           bool is_terminal, int columns);

enum class Colour { kNone, kGreen, kRed, kYellow, kDim, kBold };

/// `text` in `colour` when the style has colours.
std::string paint(const TerminalStyle& style, Colour colour, std::string_view text);

enum class Mark { kPassed, kFailed, kWarning, kSkipped, kObserved, kNext };

/// The mark in its colour.
std::string mark(const TerminalStyle& style, Mark kind);

}  // namespace zdt::report
