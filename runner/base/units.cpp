#include "base/units.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/json_limits.h"

namespace zdt {
namespace {

/// Takes a non-negative decimal number off the front of `text`; false when there is none.
bool take_number(std::string_view& text, double& value) {
  size_t length = 0;
  while (length < text.size() && (std::isdigit(static_cast<unsigned char>(text[length])) || text[length] == '.')) ++length;
  if (length == 0 || text.substr(0, length) == ".") return false;
  const std::string digits(text.substr(0, length));
  char* end = nullptr;
  value = std::strtod(digits.c_str(), &end);
  text.remove_prefix(length);
  return *end == '\0';
}

/// Takes the longest unit of `units` off the front of `text`; 0 when none fits.
template <size_t N>
double take_unit(std::string_view& text, const std::array<std::pair<std::string_view, double>, N>& units) {
  for (const auto& [name, factor] : units) {
    if (text.starts_with(name)) {
      text.remove_prefix(name.size());
      return factor;
    }
  }
  return 0;
}

constexpr std::array<std::pair<std::string_view, double>, 4> kDurations{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

constexpr std::array<std::pair<std::string_view, double>, 15> kQuantities{{{"Ki", 1024.0},
                                                                           {"Mi", 1048576.0},
                                                                           {"Gi", 1073741824.0},
                                                                           {"Ti", 1099511627776.0},
                                                                           {"Pi", 1125899906842624.0},
                                                                           {"Ei", 1152921504606846976.0},
                                                                           {"n", 1e-9},
                                                                           {"u", 1e-6},
                                                                           {"m", 1e-3},
                                                                           {"k", 1e3},
                                                                           {"M", 1e6},
                                                                           {"G", 1e9},
                                                                           {"T", 1e12},
                                                                           {"P", 1e15},
                                                                           {"E", 1e18}}};

/// Takes e3 or E-2 off the front of `text`; 1 when there is none, 0 when it has no digits.
double take_exponent(std::string_view& text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return text.starts_with('e') ? 0 : 1;
  const std::string digits(text.substr(1));
  const size_t sign = digits[0] == '-' || digits[0] == '+' ? 1 : 0;
  if (digits.size() == sign || digits.find_first_not_of("0123456789", sign) != std::string::npos) return 0;
  text = {};
  return std::pow(10, std::strtol(digits.c_str(), nullptr, 10));
}

Error not_a_duration(std::string_view text) {
  return {Code::kUsage, fmt::format("\"{}\" is not a duration", excerpt(text)), "write it as 800ms, 2s, 1m30s or 1.5h"};
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  double total = 0, number = 0;
  bool first = true;
  if (rest.empty()) return not_a_duration(text);
  while (!rest.empty()) {
    if (!take_number(rest, number)) return not_a_duration(text);
    const bool bare = rest.empty() && std::exchange(first, false);
    const double factor = bare ? 1000 : take_unit(rest, kDurations);
    if (factor == 0) return not_a_duration(text);
    first = false;
    total += number * factor;
  }
  if (total > 1e12) return not_a_duration(text);
  return milliseconds(static_cast<int64_t>(total + 0.5));
}

std::string format_duration(milliseconds value) {
  const int64_t ms = value.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  return fmt::format("{} m {} s", ms / 60'000, ms % 60'000 / 1000);
}

Result<double> parse_rate(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const Error bad{Code::kUsage, fmt::format("\"{}\" is not a rate", excerpt(text)), "write it as 200/s or 50/10s"};
  if (!take_number(rest, number)) return bad;
  if (rest.empty() || rest == "/s") return number;
  if (!rest.starts_with("/")) return bad;
  auto period = parse_duration(rest.substr(1));
  if (!period || period->count() == 0) return bad;
  return number * 1000 / static_cast<double>(period->count());
}

namespace {

/// Kubernetes' own cap (apimachinery/pkg/api/resource/quantity.go, "Cap at max size"), so that an int64 holds it.
double capped(double value) {
  constexpr double kLargest = 9.2e18;
  return std::isnan(value) ? 0 : std::clamp(value, -kLargest, kLargest);  // NaN: zero with an endless exponent
}

}  // namespace

Result<double> parse_quantity(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const double sign = rest.starts_with('-') ? -1 : 1;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not a quantity", excerpt(text)), ""};
  if (!take_number(rest, number)) return bad;
  const double power = rest == "Ei" ? 1 : take_exponent(rest);
  if (rest.empty()) return capped(sign * number * power);
  const double factor = take_unit(rest, kQuantities);
  if (power == 0 || factor == 0 || !rest.empty()) return bad;
  return capped(sign * number * factor);
}

std::string format_time(WallTime time, bool micros) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  if (!micros) return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", whole);
  const auto part = std::chrono::duration_cast<std::chrono::microseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06d}Z", whole, part.count());
}

std::string format_time_ms(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto part = std::chrono::duration_cast<milliseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", whole, part.count());
}

namespace {

/// Takes exactly `count` digits off the front of `text`; -1 when they are not there.
int take_digits_of(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take_sign_of(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

/// "2026-01-31"; nothing for a day that no calendar has.
std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const int year = take_digits_of(text, 4);
  const bool first = take_sign_of(text, '-');
  const int month = take_digits_of(text, 2);
  const bool second = take_sign_of(text, '-');
  const int day = take_digits_of(text, 2);
  if (year < 0 || month < 0 || day < 0 || !first || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// "23:59" and, when asked for, ":59".
std::optional<std::chrono::seconds> take_clock(std::string_view& text, bool with_seconds) {
  const int hours = take_digits_of(text, 2);
  const bool first = take_sign_of(text, ':');
  const int minutes = take_digits_of(text, 2);
  const bool second = !with_seconds || take_sign_of(text, ':');
  const int seconds = with_seconds ? take_digits_of(text, 2) : 0;
  const bool in_range = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60;
  if (!first || !second || !in_range) return std::nullopt;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
}

/// ".25" in microseconds, rounded; zero without a point, nothing for a point alone.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  if (!take_sign_of(text, '.')) return std::chrono::microseconds(0);
  int64_t tenths = 0;  // of a microsecond
  size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits, text.remove_prefix(1)) {
    if (digits < 7) tenths = tenths * 10 + (text.front() - '0');
  }
  for (size_t missing = digits; missing < 7; ++missing) tenths *= 10;
  return digits == 0 ? std::nullopt : std::optional(std::chrono::microseconds((tenths + 5) / 10));
}

/// "Z", "+02:00", "-05:30": what is to be taken off the time to have UTC.
std::optional<std::chrono::seconds> take_offset(std::string_view& text) {
  if (take_sign_of(text, 'Z')) return std::chrono::seconds(0);
  const bool east = text.starts_with('+');
  if (!east && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto offset = take_clock(text, false);
  return !offset ? std::nullopt : std::optional(east ? *offset : -*offset);
}

/// WallTime counts nanoseconds, which reach to 2262; two of these times can also be subtracted.
WallTime within_range(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  constexpr sys_days kFirst{year(1930) / 1 / 1}, kLast{year(2200) / 1 / 1};
  return std::clamp(time, sys_seconds(kFirst), sys_seconds(kLast));
}

}  // namespace

Result<WallTime> parse_time(std::string_view text) {
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not an RFC 3339 time", excerpt(text)), ""};
  const auto date = take_date(text);
  if (!date || !take_sign_of(text, 'T')) return bad;
  const auto clock = take_clock(text, true);
  const auto fraction = take_fraction(text);
  const auto offset = take_offset(text);
  if (!clock || !fraction || !offset || !text.empty()) return bad;
  return within_range(*date + *clock - *offset) + *fraction;
}

}  // namespace zdt
