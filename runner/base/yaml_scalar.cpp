#include "base/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace zdt {
namespace {

/// No number that a double can tell from another one is longer.
constexpr size_t kLongestNumber = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Integer>
std::optional<json> integer_from(std::string_view digits, int base) {
  Integer value{};
  const char* end = digits.data() + digits.size();
  auto [stop, failure] = std::from_chars(digits.data(), end, value, base);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return json(value);
}

/// Takes the prefix that says the base off `digits`: 0x, 0b, 0o, or a leading 0 alone, which means octal.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  digits.remove_prefix(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
  return base;
}

std::optional<json> whole_number_from(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const int base = take_base(text);
  if (text.empty() || std::isxdigit(static_cast<unsigned char>(text[0])) == 0) return std::nullopt;
  if (negative) return integer_from<int64_t>("-" + std::string(text), base);
  auto number = integer_from<int64_t>(text, base);
  return number ? number : integer_from<uint64_t>(text, base);
}

size_t take_digits(std::string_view& text) {
  const size_t before = text.size();
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return before - text.size();
}

void take_sign(std::string_view& text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
}

/// [-+]? (".5" or "5" or "5." or "5.5") ([eE][-+]?5)?
bool is_float(std::string_view text) {
  take_sign(text);
  const size_t whole = take_digits(text);
  const bool point = text.starts_with('.');
  if (point) text.remove_prefix(1);
  if ((point ? take_digits(text) : 0) + whole == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  take_sign(text);
  return take_digits(text) > 0 && text.empty();
}

std::optional<json> number_from(std::string text) {
  constexpr std::string_view kFirst = "0123456789+-.";
  if (text.empty() || text.size() > kLongestNumber || kFirst.find(text[0]) == std::string_view::npos) return std::nullopt;
  std::erase(text, '_');
  if (auto whole = whole_number_from(text)) return whole;
  if (!is_float(text)) return std::nullopt;
  const double value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) ? std::optional(json(value)) : std::nullopt;
}

/// The words that mean true and false: YAML 1.1's, which kubectl goes by.
std::optional<json> boolean_from(const std::string& text) {
  static const std::set<std::string> kTrue{"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static const std::set<std::string> kFalse{"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (kTrue.contains(text)) return json(true);
  if (kFalse.contains(text)) return json(false);
  return std::nullopt;
}

}  // namespace

json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (auto boolean = boolean_from(text)) return *boolean;
  return number_from(text).value_or(json(text));
}

}  // namespace zdt
