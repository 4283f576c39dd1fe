#include "report/xml.h"

#include <fmt/format.h>

#include "report/text.h"

namespace zdt::report {
namespace {

/// Readers of XML see the same text; a CI system that is shown the file itself sees no command in it.
std::string escaped(std::string_view text, bool in_value) {
  std::string result;
  CommandBreaker breaker;
  for (char c : clean(text)) {
    if (breaker({&c, 1}).size() > 1) {
      result += fmt::format("&#{};", static_cast<int>(c));
      continue;
    }
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;  // "]]>" must not stand in text
      case '"':
        result += in_value ? "&quot;" : "\"";
        break;
      case '\n':
        result += in_value ? "&#10;" : "\n";
        break;
      case '\t':
        result += in_value ? "&#9;" : "\t";
        break;
      default:
        result += c;
    }
  }
  return result;
}

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string xml_text(std::string_view text) { return escaped(text, false); }

std::string xml_value(std::string_view text) { return escaped(text, true); }

std::string xml_attributes(const std::vector<std::pair<std::string, std::string>>& attributes) {
  std::string result;
  for (const auto& [name, value] : attributes) result += fmt::format(" {}=\"{}\"", name, xml_value(value));
  return result;
}

std::string bounded(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr size_t kForTheNotice = 64;
  const size_t half = (limit - std::min(limit, kForTheNotice)) / 2;
  size_t head = half, tail = text.size() - half;
  while (head > 0 && continues_a_character(text[head])) --head;
  while (tail < text.size() && continues_a_character(text[tail])) ++tail;
  return fmt::format("{}\n[{} bytes are left out here]\n{}", text.substr(0, head), tail - head,
                     text.substr(tail));
}

}  // namespace zdt::report
