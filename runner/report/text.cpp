#include "report/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace zdt::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  char32_t value = 0xFFFD;
  size_t length = 1;
  bool valid = false;
};

/// How many bytes the character that starts with `lead` has; 0 when none starts so.
size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

bool is_shortest_and_no_surrogate(char32_t value, size_t length) {
  static constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  return value >= kSmallest[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

Character character_at(std::string_view text) {
  const size_t length = length_by_lead(static_cast<unsigned char>(text[0]));
  if (length == 0 || text.size() < length) return {};
  char32_t value = static_cast<unsigned char>(text[0]) & (length == 1 ? 0x7F : 0xFF >> (length + 1));
  for (size_t index = 1; index < length; ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if ((byte & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte & 0x3F);
  }
  if (!is_shortest_and_no_surrogate(value, length)) return {};
  return {value, length, true};
}

/// Bytes of the terminal sequence at the start of `text` (which is ESC …): CSI up to its final byte, OSC up
/// to BEL or ESC \, else ESC alone.
size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == '[') {
    const auto last = std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
    return static_cast<size_t>(last - text.begin()) + (last == text.end() ? 0 : 1);
  }
  if (text[1] != ']') return 1;
  const size_t bell = text.find('\a'), terminator = text.find("\x1b\\", 2);
  if (bell < terminator) return bell + 1;
  return terminator == std::string_view::npos ? 1 : terminator + 2;
}

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7F && value < 0xA0); }

}  // namespace

std::string clean(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    if (text[0] == '\x1b') {
      text.remove_prefix(sequence_length(text));
      continue;
    }
    const Character character = character_at(text);
    const bool kept = character.value == '\n' || character.value == '\t' || !is_control(character.value);
    if (!character.valid || character.value == 0xFFFE || character.value == 0xFFFF) {
      result += kReplacement;
    } else if (kept) {
      result += text.substr(0, character.length);
    }
    text.remove_prefix(character.length);
  }
  return result;
}

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

std::pair<std::string, std::string> first_line(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return {one_line(text), ""};
  return {one_line(text.substr(0, end)), std::string(text.substr(end + 1))};
}

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, size_t columns, bool right_aligned) {
  const std::string space(columns - std::min(columns, width_of(text)), ' ');
  return right_aligned ? space + std::string(text) : std::string(text) + space;
}

std::string fitted(std::string_view text, size_t columns) {
  size_t length = 0;
  for (size_t used = 0; length < text.size(); ++length) {
    const bool starts = (static_cast<unsigned char>(text[length]) & 0xC0) != 0x80;
    if (starts && ++used > columns) break;
  }
  return std::string(text.substr(0, length));
}

}  // namespace zdt::report
