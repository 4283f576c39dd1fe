#include "base/units.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
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

constexpr std::array<std::pair<std::string_view, double>, 11> kQuantities{{{"Ki", 1024.0},
                                                                           {"Mi", 1048576.0},
                                                                           {"Gi", 1073741824.0},
                                                                           {"Ti", 1099511627776.0},
                                                                           {"n", 1e-9},
                                                                           {"u", 1e-6},
                                                                           {"m", 1e-3},
                                                                           {"k", 1e3},
                                                                           {"M", 1e6},
                                                                           {"G", 1e9},
                                                                           {"T", 1e12}}};

Error not_a_duration(std::string_view text) {
  return {Code::kUsage, fmt::format("\"{}\" is not a duration", text), "write it as 800ms, 2s, 1m30s or 1.5h"};
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  double total = 0, number = 0;
  if (rest.empty()) return not_a_duration(text);
  while (!rest.empty()) {
    if (!take_number(rest, number)) return not_a_duration(text);
    const bool bare = rest.empty() && total == 0;
    const double factor = bare ? 1000 : take_unit(rest, kDurations);
    if (factor == 0) return not_a_duration(text);
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
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not a quantity", text), ""};
  if (!take_number(rest, number)) return bad;
  if (rest.empty()) return number;
  const double factor = take_unit(rest, kQuantities);
  if (factor == 0 || !rest.empty()) return bad;
  return number * factor;
}

std::string format_time(WallTime time, bool micros) {
  const auto whole = std::chrono::time_point_cast<std::chrono::seconds>(time);
  if (!micros) return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", whole);
  const auto part = std::chrono::duration_cast<std::chrono::microseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06d}Z", whole, part.count());
}

std::string format_time_ms(WallTime time) {
  const auto whole = std::chrono::time_point_cast<std::chrono::seconds>(time);
  const auto part = std::chrono::duration_cast<milliseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", whole, part.count());
}

Result<WallTime> parse_time(std::string_view text) {
  std::tm fields{};
  const std::string copy(text);
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
  if (rest == nullptr) return Error{Code::kInvalid, fmt::format("\"{}\" is not an RFC 3339 time", text), ""};
  auto time = std::chrono::system_clock::from_time_t(timegm(&fields));
  if (*rest == '.') {
    const double fraction = std::strtod(rest, nullptr);
    time += std::chrono::microseconds(static_cast<int64_t>(fraction * 1e6 + 0.5));
  }
  return time;
}

}  // namespace zdt
