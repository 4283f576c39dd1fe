#include "rehearsal/api/check/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostTime = 64;  // a time with more decimals than anybody has

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The number in text[at, at + length), or -1.
int number_at(std::string_view text, size_t at, size_t length) {
  const std::string_view part = at < text.size() ? text.substr(at, length) : "";
  if (part.size() != length || !digits(part)) return -1;
  int number = 0;
  for (const char c : part) number = number * 10 + (c - '0');
  return number;
}

bool within(int number, int least, int most) { return number >= least && number <= most; }

int days_of(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool is_zone(std::string_view text) {
  if (text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
         within(number_at(text, 1, 2), 0, 23) && within(number_at(text, 4, 2), 0, 59);
}

bool is_time(std::string_view text) {
  constexpr size_t kSeconds = 19;  // 2006-01-02T15:04:05
  if (text.size() <= kSeconds || text.size() > kMostTime) return false;
  const int year = number_at(text, 0, 4), month = number_at(text, 5, 2);
  const bool shape = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  if (!shape || year < 0 || !within(month, 1, 12) || !within(number_at(text, 8, 2), 1, days_of(year, month)))
    return false;
  if (!within(number_at(text, 11, 2), 0, 23) || !within(number_at(text, 14, 2), 0, 59) ||
      !within(number_at(text, 17, 2), 0, 59))
    return false;
  std::string_view rest = text.substr(kSeconds);
  if (rest[0] == '.') {
    const size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) return false;
    rest.remove_prefix(end);
  }
  return is_zone(rest);
}

std::string unread(const std::string& text, const char* layout) {
  const std::string shown = text.size() > kMostTime ? text.substr(0, kMostTime) + "..." : text;
  return fmt::format("parsing time \"{}\" as \"{}\": cannot parse \"{}\" as \"2006\"", shown, layout, shown);
}

}  // namespace

std::string broken_time(const std::string& text) {
  return is_time(text) ? "" : unread(text, "2006-01-02T15:04:05Z07:00");
}

std::string broken_micro_time(const std::string& text) {
  return is_time(text) ? "" : unread(text, "2006-01-02T15:04:05.000000Z07:00");
}

std::string broken_base64(const std::string& text) {
  const auto is_code = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  size_t codes = 0, padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') continue;
    const bool fits = c == '=' ? padding < 2 && (codes + padding) % 4 >= 2 : is_code(c) && padding == 0;
    if (!fits) return fmt::format("illegal base64 data at input byte {}", i);
    c == '=' ? ++padding : ++codes;
  }
  return (codes + padding) % 4 == 0 ? "" : fmt::format("illegal base64 data at input byte {}", text.size());
}

}  // namespace zdt::rehearsal::api
