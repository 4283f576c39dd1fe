#include "base/ascii.h"

#include <algorithm>

#include "base/text.h"

namespace zdt {
namespace {

std::string_view likeness_of(std::string_view character) {
  static const std::map<std::string_view, std::string_view> kSigns{
      {"▸", ">"}, {"→", "->"}, {"←", "<-"}, {"·", "|"},  {"•", "*"},  {"…", "..."}, {"–", "-"}, {"—", "-"}, {"×", "x"},
      {"±", "+-"}, {"✔", "+"}, {"✖", "x"},  {"⚠", "!"},  {"◌", "o"},  {"॥", "="},   {"⟳", "@"}, {"⧉", "="}, {"□", "o"},
      {"├", "|"}, {"└", "`"},  {"│", "|"},  {"─", "-"},  {"█", "#"},  {"░", "."},   {"“", "\""}, {"”", "\""}, {"’", "'"},
      {"‘", "'"}, {"≥", ">="}, {"≤", "<="}, {"≠", "!="}, {"µ", "u"},  {"\u00A0", " "}};
  const auto found = kSigns.find(character);
  return found == kSigns.end() ? "?" : found->second;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string to_ascii(std::string_view text) {
  std::string ascii;
  ascii.reserve(text.size());
  while (!text.empty()) {
    const bool plain = static_cast<unsigned char>(text.front()) < 0x80;
    const auto end = plain ? text.begin() + 1 : std::find_if_not(text.begin() + 1, text.end(), continues);
    const auto length = static_cast<size_t>(end - text.begin());
    ascii += plain ? text.substr(0, 1) : likeness_of(text.substr(0, length));
    text.remove_prefix(length);
  }
  return ascii;
}

bool shows_utf8(const std::map<std::string, std::string>& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) continue;
    const std::string locale = lower(found->second);
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace zdt
