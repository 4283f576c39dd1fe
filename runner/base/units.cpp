#include "base/units.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <regex>
#include <utility>

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
  return {Code::kUsage, fmt::format("\"{}\" is not a duration", text), "write it as 800ms, 2s, 1m30s or 1.5h"};
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
  const Error bad{Code::kUsage, fmt::format("\"{}\" is not a rate", text), "write it as 200/s or 50/10s"};
  if (!take_number(rest, number)) return bad;
  if (rest.empty() || rest == "/s") return number;
  if (!rest.starts_with("/")) return bad;
  auto period = parse_duration(rest.substr(1));
  if (!period || period->count() == 0) return bad;
  return number * 1000 / static_cast<double>(period->count());
}

Result<double> parse_quantity(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const double sign = rest.starts_with('-') ? -1 : 1;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not a quantity", text), ""};
  if (!take_number(rest, number)) return bad;
  const double power = rest == "Ei" ? 1 : take_exponent(rest);
  if (rest.empty()) return sign * number * power;
  const double factor = take_unit(rest, kQuantities);
  if (power == 0 || factor == 0 || !rest.empty()) return bad;
  return sign * number * factor;
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

Result<WallTime> parse_time(std::string_view text) {
  static const std::regex kRfc3339(R"((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|([-+])(\d\d):(\d\d)))");
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not an RFC 3339 time", text), ""};
  const std::string copy(text);
  std::smatch part;
  if (!std::regex_match(copy, part, kRfc3339)) return bad;
  std::tm fields{};
  if (strptime(part.str(1).c_str(), "%Y-%m-%dT%H:%M:%S", &fields) == nullptr) return bad;
  const int day = fields.tm_mday;
  auto time = std::chrono::system_clock::from_time_t(timegm(&fields));
  if (fields.tm_mday != day) return bad;  // the 30th of February
  if (part[2].matched) {
    const double fraction = std::strtod(part.str(2).c_str(), nullptr);
    time += std::chrono::microseconds(static_cast<int64_t>(fraction * 1e6 + 0.5));
  }
  if (part[4].matched) {
    const auto offset = std::chrono::hours(std::stoi(part.str(5))) + std::chrono::minutes(std::stoi(part.str(6)));
    time += part.str(4) == "+" ? -offset : offset;
  }
  return time;
}

}  // namespace zdt
