#include "base/utf8.h"

#include <array>

namespace zdt {
namespace {

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

}  // namespace

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

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character character = character_at(text);
    if (!character.valid) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

}  // namespace zdt
