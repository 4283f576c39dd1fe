// Text that came from outside (names of objects, logs, answers of servers, Lua strings), made harmless for what shows it: a
// terminal, the log of a CI system, XML, JSON on a screen. Everything that the program prints passes here (host/terminal.h).
#pragma once
#include <string>
#include <string_view>

namespace zdt {

/// Valid UTF-8 that XML 1.0 can hold (https://www.w3.org/TR/xml/#charsets): malformed bytes, surrogates, U+FFFE and U+FFFF
/// become U+FFFD; terminal sequences (ESC [ … and ESC ] …), other control characters (C0, DEL, C1) and the marks that turn
/// the direction of writing (https://unicode.org/reports/tr9) vanish, but for tab and newline. A carriage return ends a line
/// only together with a newline; U+2028 and U+2029 are newlines.
std::string clean(std::string_view text);

/// clean() in one line: newlines and tabs become single spaces.
std::string one_line(std::string_view text);

/// clean(), but sequences of ours pass: colours, erasing a line or what is below, going up, carriage return, backspace.
std::string clean_but_styled(std::string_view text);

/// Makes lines harmless that CI systems take for commands. A line that begins with "::" (GitHub) gets a space between the
/// colons, and "##[", "##vso[" and "##teamcity[" (GitHub, Azure, TeamCity: anywhere in a line) one before the bracket.
/// For one stream, in pieces: it remembers how the line began.
class CommandBreaker {
 public:
  /// of  clean text.
  std::string operator()(std::string_view text);

 private:
  bool breaks(char c);
  void follow(char c);
  bool line_begins_ = true;  ///< nothing but spaces and sequences of ours yet
  bool in_sequence_ = false;
  char before_ = '\n';
  std::string tail_;  ///< the last characters, lower case
};

/// A JSON text with the same value, in which such characters and words are written as \uXXXX. Valid UTF-8 when `document` is.
std::string harmless_json(std::string_view document);

}  // namespace zdt
