#include "duration.h"

#include <charconv>
#include <cmath>

namespace monolith {
namespace {

using std::chrono::milliseconds;

constexpr double kDayInMilliseconds = 24.0 * 3600 * 1000;

std::optional<double> milliseconds_per(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60'000;
  return std::nullopt;
}

/// The number at the front of `text`, which is cut off from it. Fixed notation, so "1e9", "inf" and "-1" are
/// no numbers.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (result.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return value;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return milliseconds{0};
  const auto number = take_number(text);
  const auto factor = milliseconds_per(text);
  if (!number || !factor || *number * *factor > kDayInMilliseconds) return std::nullopt;
  return milliseconds{std::llround(*number * *factor)};
}

std::string format_duration(milliseconds value) {
  const auto count = value.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::optional<milliseconds> parse_seconds(std::string_view text, std::chrono::seconds limit) {
  const auto number = take_number(text);
  if (!number || !text.empty() || *number > static_cast<double>(limit.count())) return std::nullopt;
  return milliseconds{std::llround(*number * 1000)};
}

}  // namespace monolith
