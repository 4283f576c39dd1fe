// Requests and answers as plain values.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace zdt::http {

/// Header fields in the order they came; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first field of that name, or "".
  std::string get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Percent-encodes everything but unreserved characters (RFC 3986).
std::string url_encode(std::string_view text);
std::string url_decode(std::string_view text);

/// A request target: its path (decoded by segment by whoever needs it) and its query, decoded; a name may come twice.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  /// The first value of `name`, or `fallback`.
  std::string value(std::string_view name, std::string_view fallback = "") const;
  bool has(std::string_view name) const;
  /// All values of `name`, in order.
  std::vector<std::string> values(std::string_view name) const;
};
Target parse_target(std::string_view target);

}  // namespace zdt::http
