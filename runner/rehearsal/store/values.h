// Fields of stored objects as parsed values. The API validates what it takes; what stands behind it (rules, DNS,
// sockets, timers) trusts no text or number of an object before it was read through here.
#pragma once
#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal {

/// An IPv4 address; text() is its only spelling.
class Ipv4 {
 public:
  /// Four decimal numbers without leading zeros, and nothing else; nothing otherwise.
  static std::optional<Ipv4> parse(const std::string& text);
  explicit Ipv4(uint32_t value = 0) : value_(value) {}
  uint32_t value() const { return value_; }  ///< in host byte order
  std::string text() const;
  auto operator<=>(const Ipv4&) const = default;

 private:
  uint32_t value_;
};

/// The address below `path`; nothing when it is none.
std::optional<Ipv4> ipv4_at(const json& object, Path path);

/// The port below `path`, 1 to 65535; nothing when it is none.
std::optional<uint16_t> port_at(const json& object, Path path);

/// An int32, as the API's numbers are: int_at() kept within -2^31 … 2^31 - 1, so that sums and products of two fit an
/// int64_t and times in seconds fit every clock.
int64_t int32_at(const json& object, Path path, int64_t fallback = 0);
/// The same of a value itself.
int64_t int32_of(const json& value, int64_t fallback = 0);
/// An int32 of seconds.
std::chrono::seconds seconds_at(const json& object, Path path, int64_t fallback = 0);
/// `number` rounded up and kept within an int32; `fallback` when it is none (0/0).
int64_t int32_from(double number, int64_t fallback = 0);

/// The strings of the list below `path`; what is none is left out.
std::vector<std::string> strings_at(const json& object, Path path);

/// An RFC 1123 label (a-z, 0-9, '-', at most 63), and labels with dots between them (at most 253).
bool is_dns_label(std::string_view text);
bool is_dns_subdomain(std::string_view text);
/// Whether `text` has bytes below 0x20, or 0x7f.
bool has_control_characters(std::string_view text);

}  // namespace zdt::rehearsal
