#include "base/clean.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/utf8.h"

namespace zdt {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Bytes of "ESC [ … final" at the start of `text`; the whole text when it is cut.
size_t csi_length(std::string_view text) {
  const auto last = std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
  return static_cast<size_t>(last - text.begin()) + (last == text.end() ? 0 : 1);
}

/// Bytes of the terminal sequence at the start of `text` (which is ESC …): CSI up to its final byte, OSC up
/// to BEL or ESC \, else ESC alone.
size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == '[') return csi_length(text);
  if (text[1] != ']') return 1;
  const size_t bell = text.find('\a'), terminator = text.find("\x1b\\", 2);
  if (bell < terminator) return bell + 1;
  return terminator == std::string_view::npos ? 1 : terminator + 2;
}

/// Bytes of a sequence of ours at the start of `text`; 0 when none begins there.
size_t own_sequence_length(std::string_view text) {
  if (text[0] == '\r' || text[0] == '\b') return 1;
  if (!text.starts_with("\x1b[")) return 0;
  const size_t length = csi_length(text);
  const std::string_view parameters = text.substr(2, length - 3);
  const bool plain = parameters.find_first_not_of("0123456789;") == std::string_view::npos;
  return plain && std::string_view("mKJA").find(text[length - 1]) != std::string_view::npos ? length : 0;
}

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7F && value < 0xA0); }

bool turns_direction(char32_t value) {
  return value == 0x061C || value == 0x200E || value == 0x200F || (value >= 0x202A && value <= 0x202E) ||
         (value >= 0x2066 && value <= 0x2069);
}

bool ends_line(char32_t value) { return value == 0x2028 || value == 0x2029; }

bool is_of_no_xml(char32_t value) { return value == 0xFFFE || value == 0xFFFF; }

/// What stands for the character in clean text.
std::string_view shown(const Character& character, std::string_view bytes) {
  if (!character.valid || is_of_no_xml(character.value)) return kReplacement;
  if (character.value == '\n' || character.value == '\t') return bytes;
  if (ends_line(character.value)) return "\n";
  return is_control(character.value) || turns_direction(character.value) ? "" : bytes;
}

std::string cleaned(std::string_view text, bool styled) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    if (const size_t own = styled ? own_sequence_length(text) : 0; own > 0) {
      result += text.substr(0, own);
      text.remove_prefix(own);
    } else if (text[0] == '\x1b') {
      text.remove_prefix(sequence_length(text));
    } else {
      const Character character = character_at(text);
      result += shown(character, text.substr(0, character.length));
      text.remove_prefix(character.length);
    }
  }
  return result;
}

constexpr std::string_view kBeforeBracket[] = {"##", "##vso", "##teamcity"};
constexpr size_t kLongestBeforeBracket = 10;

bool ends_with_command(std::string_view text) {
  return std::any_of(std::begin(kBeforeBracket), std::end(kBeforeBracket),
                     [text](std::string_view word) { return text.ends_with(word); });
}

void remember(std::string& tail, char c) {
  if (tail.size() == kLongestBeforeBracket) tail.erase(0, 1);
  tail += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

}  // namespace

std::string clean(std::string_view text) { return cleaned(text, false); }
std::string clean_but_styled(std::string_view text) { return cleaned(text, true); }

std::string one_line(std::string_view text) {
  std::string result;
  for (char c : clean(text)) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space) result += c;
    if (space && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

bool CommandBreaker::breaks(char c) {
  if (c == '[') return ends_with_command(tail_);
  return c == ':' && before_ == ':' && line_begins_;
}

/// Spaces of Unicode count as what they are for GitHub's runner, which trims them: any byte of a character beyond ASCII.
void CommandBreaker::follow(char c) {
  if (in_sequence_) {
    in_sequence_ = c == '[' || std::isalpha(static_cast<unsigned char>(c)) == 0;
    return;
  }
  in_sequence_ = c == '\x1b';
  if (in_sequence_) return;
  if (c == '\n' || c == '\r') {
    line_begins_ = true;
    tail_.clear();
  } else if (before_ != ':' || c != ':') {
    const bool space = c == ' ' || c == '\t' || c == '\b' || (static_cast<unsigned char>(c) & 0x80) != 0;
    line_begins_ = line_begins_ && (space || (c == ':' && before_ != ':'));
  } else {
    line_begins_ = false;
  }
  remember(tail_, c);
  before_ = c;
}

std::string CommandBreaker::operator()(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (!in_sequence_ && breaks(c)) result += ' ';
    follow(c);
    result += c;
  }
  return result;
}

std::string harmless_json(std::string_view document) {
  std::string result, tail;
  result.reserve(document.size());
  while (!document.empty()) {
    const Character character = character_at(document);
    const bool hidden = character.value == 0x7F || (character.value >= 0x80 && is_control(character.value)) ||
                        turns_direction(character.value) || ends_line(character.value);
    const bool bracket = character.value == '[' && ends_with_command(tail);
    if (character.valid && (hidden || bracket)) {
      result += fmt::format("\\u{:04x}", static_cast<uint32_t>(character.value));
    } else {
      result += character.valid ? document.substr(0, character.length) : kReplacement;
    }
    remember(tail, document[0]);
    document.remove_prefix(character.length);
  }
  return result;
}

}  // namespace zdt
