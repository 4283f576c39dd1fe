#include "rehearsal/store/values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace zdt::rehearsal {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

std::optional<Ipv4> Ipv4::parse(const std::string& text) {
  in_addr address{};
  const bool whole = text.find('\0') == std::string::npos;  // inet_pton would stop there
  if (!whole || inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return Ipv4(ntohl(address.s_addr));
}

std::string Ipv4::text() const {
  return fmt::format("{}.{}.{}.{}", value_ >> 24, (value_ >> 16) & 255, (value_ >> 8) & 255, value_ & 255);
}

std::optional<Ipv4> ipv4_at(const json& object, Path path) { return Ipv4::parse(string_at(object, path)); }

std::optional<uint16_t> port_at(const json& object, Path path) {
  const int64_t number = int_at(object, path);
  if (number < 1 || number > 65535) return std::nullopt;
  return static_cast<uint16_t>(number);
}

int64_t int32_at(const json& object, Path path, int64_t fallback) { return int32_of(at(object, path), fallback); }

int64_t int32_of(const json& value, int64_t fallback) {
  if (!value.is_number()) return fallback;
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return std::trunc(number) == number ? int32_from(number, fallback) : fallback;
  }
  if (value.is_number_unsigned()) return static_cast<int64_t>(std::min<uint64_t>(value.get<uint64_t>(), kMost));
  return std::clamp(value.get<int64_t>(), kLeast, kMost);
}

std::chrono::seconds seconds_at(const json& object, Path path, int64_t fallback) {
  return std::chrono::seconds(int32_at(object, path, fallback));
}

int64_t int32_from(double number, int64_t fallback) {
  if (std::isnan(number)) return fallback;
  return static_cast<int64_t>(
      std::clamp(std::ceil(number), static_cast<double>(kLeast), static_cast<double>(kMost)));
}

std::vector<std::string> strings_at(const json& object, Path path) {
  std::vector<std::string> strings;
  for (const json& each : array_at(object, path)) {
    if (each.is_string()) strings.push_back(each.get<std::string>());
  }
  return strings;
}

bool is_dns_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), is_label_character);
}

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > 253) return false;
  while (true) {
    const size_t dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace zdt::rehearsal
