#include "rehearsal/api/check/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kFormat =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr const char* kNumber = "unable to parse numeric part of quantity";
constexpr const char* kSuffix = "unable to parse quantity's suffix";

constexpr Nanos kNano = 1'000'000'000;
constexpr Nanos kMost = (static_cast<Nanos>(1) << 63) * kNano - kNano;  // 2^63-1, Kubernetes' largest
constexpr Nanos kEnough = 1'000'000'000'000'000'000;                    // of digits: 10^18
constexpr Nanos kRoom = kEnough * kEnough * 10;                         // 10^37, while it is computed

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What a suffix multiplies by: base^power.
struct Scale {
  int base = 10, power = 0;
};

std::optional<Scale> binary_or_decimal(std::string_view suffix) {
  struct Named {
    std::string_view suffix;
    Scale scale;
  };
  static constexpr std::array<Named, 16> kAll = {{{"", {10, 0}},
                                                  {"n", {10, -9}},
                                                  {"u", {10, -6}},
                                                  {"m", {10, -3}},
                                                  {"k", {10, 3}},
                                                  {"M", {10, 6}},
                                                  {"G", {10, 9}},
                                                  {"T", {10, 12}},
                                                  {"P", {10, 15}},
                                                  {"E", {10, 18}},
                                                  {"Ki", {2, 10}},
                                                  {"Mi", {2, 20}},
                                                  {"Gi", {2, 30}},
                                                  {"Ti", {2, 40}},
                                                  {"Pi", {2, 50}},
                                                  {"Ei", {2, 60}}}};
  for (const Named& named : kAll) {
    if (named.suffix == suffix) return named.scale;
  }
  return std::nullopt;
}

std::optional<Scale> scale_of(std::string_view suffix) {
  if (const auto named = binary_or_decimal(suffix)) return named;
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  suffix.remove_prefix(suffix[1] == '+' ? 2 : 1);
  int power = 0;
  const auto [end, failure] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), power);
  if (suffix.empty() || end != suffix.data() + suffix.size()) return std::nullopt;
  const bool out_of_range = failure == std::errc::result_out_of_range;
  if (failure != std::errc() && !out_of_range) return std::nullopt;
  if (out_of_range) power = suffix[0] == '-' ? -1000 : 1000;
  return Scale{10, std::clamp(power, -1000, 1000)};
}

/// value * base^power, never above kRoom; `lost` when something below the unit went.
Nanos scaled(Nanos value, Scale scale, bool& lost) {
  for (; scale.power > 0 && value != 0 && value < kRoom; --scale.power)
    value = value > kRoom / scale.base ? kRoom : value * scale.base;
  for (; scale.power < 0 && value != 0; ++scale.power) {
    lost = lost || value % scale.base != 0;
    value /= scale.base;
  }
  return value;
}

/// The digits of "12.50" as one number, and how many of them are behind the point. More digits than count are only marked.
struct Digits {
  Nanos value = 0;
  int behind = 0;
  bool lost = false;
};

std::optional<Digits> digits_of(std::string_view text) {
  Digits digits;
  bool point = false, any = false;
  for (const char c : text) {
    if (c == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    any = true;
    if (digits.value >= kEnough) {
      digits.lost = digits.lost || c != '0';
      digits.behind -= point ? 0 : 1;
    } else {
      digits.value = digits.value * 10 + (c - '0');
      digits.behind += point ? 1 : 0;
    }
  }
  if (!any) return std::nullopt;
  return digits;
}

}  // namespace

std::optional<Nanos> exact_quantity(std::string_view text, std::string* why) {
  const auto fail = [&](const char* reason) {
    if (why != nullptr) *why = reason;
    return std::optional<Nanos>();
  };
  if (text.empty()) return fail(kFormat);
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return !is_digit(c) && c != '.'; });
  const size_t length = static_cast<size_t>(end - text.begin());
  const auto digits = length == 0 ? std::nullopt : digits_of(text.substr(0, length));
  if (length == 0) return fail(kFormat);
  if (!digits) return fail(kNumber);
  const std::string_view suffix = text.substr(length);
  const bool known = suffix.find_first_not_of("eEinumkKMGTP+-0123456789") == std::string_view::npos;
  if (!known) return fail(kFormat);
  const auto scale = scale_of(suffix);
  if (!scale) return fail(kSuffix);
  bool lost = digits->lost;
  // First what makes it larger, so that nothing is lost that the suffix would have kept.
  const Scale decimal{10, 9 - digits->behind};
  Nanos value = digits->value;
  if (scale->power >= 0) value = scaled(value, *scale, lost);
  value = scaled(value, decimal, lost);
  if (scale->power < 0) value = scaled(value, *scale, lost);
  if (lost && !negative) ++value;
  value = std::min(value, kMost);
  return negative ? -value : value;
}

}  // namespace zdt::rehearsal::api
