#include "rehearsal/api/names.h"

#include <algorithm>
#include <string>

namespace zdt::rehearsal::api {
namespace {

bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_alphanumeric(char c) { return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view text) {
  if (text.empty() || !is_lower_alphanumeric(text.front()) || !is_lower_alphanumeric(text.back()))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alphanumeric(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

/// The name part of a label key, and a label's value that is not empty.
bool is_qualified(std::string_view text) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

constexpr const char* kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* kWildcard =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist "
    "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. "
    "'*.example.com', regex used for validation is "
    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* kService =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
    "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* kQualified =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr const char* kLabelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr const char* kPercent =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
    "used for validation is '[0-9]+%')";
constexpr const char* kConfigKey =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
constexpr const char* kHeaderName =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    "validation is '[-A-Za-z0-9]+')";
constexpr const char* kSysctl =
    "must have at most 253 characters and match regex "
    "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
constexpr const char* kEnvName =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

std::string too_long(size_t limit) { return "must be no more than " + std::to_string(limit) + " characters"; }

/// A key is a file's name in a volume, where ".." and what begins so belong to the volume.
std::string broken_file_name_rule(std::string_view text) {
  if (text == ".") return "must not be '.'";
  if (text == "..") return "must not be '..'";
  return text.starts_with("..") ? "must not start with '..'" : "";
}

template <class Allowed>
bool only(std::string_view text, Allowed allowed) {
  return std::all_of(text.begin(), text.end(), allowed);
}

bool is_sysctl_segment(std::string_view text) {
  if (text.empty() || !is_lower_alphanumeric(text.front()) || !is_lower_alphanumeric(text.back())) return false;
  return only(text, [](char c) { return is_lower_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace

std::string broken_subdomain_rule(std::string_view text) {
  if (text.size() > 253) return too_long(253);
  return is_subdomain(text) ? "" : kSubdomain;
}

std::string broken_label_rule(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  if (is_label(text)) return "";
  return is_subdomain(text) ? "must not contain dots" : kLabel;
}

std::string broken_service_rule(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  return is_label(text) && text.front() >= 'a' ? "" : kService;
}

std::string broken_wildcard_rule(std::string_view text) {
  if (text.size() > 253) return too_long(253);
  return text.starts_with("*.") && is_subdomain(text.substr(2)) ? "" : kWildcard;
}

std::string broken_path_segment_rule(std::string_view text) {
  if (text == "." || text == "..") return "may not be '" + std::string(text) + "'";
  for (const char* part : {"/", "%"}) {
    if (text.find(part) != std::string_view::npos) return std::string("may not contain '") + part + "'";
  }
  return "";
}

std::string broken_label_key_rule(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (name.find('/') != std::string_view::npos) {
    return std::string("a qualified name ") + kQualified +
           " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
  }
  if (slash == 0) return "prefix part must be non-empty";
  if (slash != std::string_view::npos) {
    const std::string broken = broken_subdomain_rule(text.substr(0, slash));
    if (!broken.empty()) return "prefix part " + broken;
  }
  if (name.empty()) return "name part must be non-empty";
  if (name.size() > 63) return "name part " + too_long(63);
  return is_qualified(name) ? "" : std::string("name part ") + kQualified;
}

std::string broken_label_value_rule(std::string_view text) {
  if (text.size() > 63) return too_long(63);
  return text.empty() || is_qualified(text) ? "" : kLabelValue;
}

std::string broken_port_name_rule(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.size() > 15) return too_long(15);
  if (text.empty() || !only(text, [](char c) { return is_lower_alphanumeric(c) || c == '-'; }))
    return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
  if (std::none_of(text.begin(), text.end(), is_letter)) return "must contain at least one letter (a-z)";
  if (text.find("--") != std::string_view::npos) return "must not contain consecutive hyphens";
  return text.front() == '-' || text.back() == '-' ? "must not begin or end with a hyphen" : "";
}

std::string broken_percent_rule(std::string_view text) {
  const bool numeric = text.size() > 1 && text.back() == '%' &&
                       only(text.substr(0, text.size() - 1), [](char c) { return c >= '0' && c <= '9'; });
  return numeric ? "" : kPercent;
}

std::string broken_env_name_rule(std::string_view text) {
  if (text.empty()) return "environment variable name must be non-empty";
  return only(text, [](char c) { return c >= ' ' && c <= '~' && c != '='; }) ? "" : kEnvName;
}

std::string broken_config_key_rule(std::string_view text) {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  if (text.size() > 253) return too_long(253);
  if (text.empty() || !only(text, allowed)) return kConfigKey;
  return broken_file_name_rule(text);
}

std::string broken_header_name_rule(std::string_view text) {
  const bool fine = !text.empty() && only(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
  return fine ? "" : kHeaderName;
}

std::string broken_sysctl_rule(std::string_view text) {
  if (text.size() > 253) return kSysctl;
  while (true) {
    const size_t end = text.find_first_of("./");
    if (!is_sysctl_segment(text.substr(0, end))) return kSysctl;
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
}

}  // namespace zdt::rehearsal::api
