#include "http/message.h"

#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>
#include <cstdlib>

#include "base/text.h"

namespace zdt::http {

std::string Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (boost::iequals(field, name)) return value;
  }
  return "";
}

std::string url_encode(std::string_view text) {
  static constexpr std::string_view kUnreserved = "-._~";
  std::string encoded;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string url_decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(text[i + 1]) && std::isxdigit(text[i + 2])) {
      decoded += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string Target::value(std::string_view name, std::string_view fallback) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::string(fallback);
}

bool Target::has(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return true;
  }
  return false;
}

std::vector<std::string> Target::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : query) {
    if (key == name) found.push_back(value);
  }
  return found;
}

Target parse_target(std::string_view target) {
  Target parsed;
  const size_t mark = target.find('?');
  parsed.path = std::string(target.substr(0, mark));
  if (mark == std::string_view::npos) return parsed;
  for (const std::string& pair : split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    parsed.query.emplace_back(url_decode(pair.substr(0, equals)), url_decode(value));
  }
  return parsed;
}

}  // namespace zdt::http
