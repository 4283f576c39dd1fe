#include "report/text.h"

#include <algorithm>

namespace zdt::report {
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
