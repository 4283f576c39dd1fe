#include "report/colour.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace zdt::report {
namespace {

using Environment = std::map<std::string, std::string>;

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

bool wants_colour(ColourFlag flag, const Environment& environment, bool is_terminal) {
  if (flag != ColourFlag::kAuto) return flag == ColourFlag::kAlways;
  if (!value_of(environment, "NO_COLOR").empty()) return false;
  return value_of(environment, "TERM") != "dumb" && is_terminal;
}

struct Drawing {
  std::string_view unicode, ascii;
  Colour colour;
};

Drawing drawing_of(Mark kind) {
  switch (kind) {
    case Mark::kPassed:
      return {"✔", "ok", Colour::kGreen};
    case Mark::kFailed:
      return {"✖", "FAIL", Colour::kRed};
    case Mark::kWarning:
      return {"⚠", "WARN", Colour::kYellow};
    case Mark::kSkipped:
      return {"◌", "skip", Colour::kDim};
    case Mark::kObserved:
      return {"·", "-", Colour::kDim};
    case Mark::kNext:
      return {"→", "->", Colour::kBold};
  }
  return {"", "", Colour::kNone};
}

std::string_view sequence_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kNone:
      break;
  }
  return "";
}

}  // namespace

Result<ColourFlag> parse_colour_flag(std::string_view word) {
  if (word == "auto") return ColourFlag::kAuto;
  if (word == "always") return ColourFlag::kAlways;
  if (word == "never") return ColourFlag::kNever;
  return Error{Code::kUsage, fmt::format("--color {}: want auto, always or never", word), ""};
}

TerminalStyle decide_style(ColourFlag flag, const Environment& environment, bool is_terminal, int columns) {
  TerminalStyle style;
  style.colour = wants_colour(flag, environment, is_terminal);
  style.unicode = shows_utf8(environment);
  style.rewrite = is_terminal && value_of(environment, "TERM") != "dumb";
  style.columns = columns;
  return style;
}

std::string paint(const TerminalStyle& style, Colour colour, std::string_view text) {
  if (!style.colour || colour == Colour::kNone) return std::string(text);
  return fmt::format("{}{}\x1b[0m", sequence_of(colour), text);
}

std::string mark(const TerminalStyle& style, Mark kind) {
  const Drawing drawing = drawing_of(kind);
  return paint(style, drawing.colour, style.unicode ? drawing.unicode : drawing.ascii);
}

}  // namespace zdt::report
