// What in an HTTPRoute would make Envoy refuse the routes of all others on its port: Envoy takes a file whole or not at
// all. The patterns are those of the Gateway API's CRDs (HTTPRoute v1), read by hand.
#include <algorithm>
#include <array>

#include "base/units.h"
#include "rehearsal/controllers/http_route.h"
#include "rehearsal/controllers/http_route_match.h"

namespace zdt::rehearsal {
namespace {

constexpr size_t kLongestPath = 1024, kLongestValue = 4096, kLongestName = 256;
constexpr int64_t kMostWeight = 1'000'000;

bool is_text(const json& value, size_t longest) {
  return value.is_string() && value.get_ref<const std::string&>().size() <= longest &&
         !has_control_characters(value.get_ref<const std::string&>());
}

/// An HTTP token (RFC 9110, 5.6.2).
bool is_token(const json& value) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  if (!is_text(value, kLongestName) || value.get_ref<const std::string&>().empty()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_path(const json& value) {
  return is_text(value, kLongestPath) && value.get_ref<const std::string&>().starts_with('/');
}

bool is_hostname(const json& value) {
  return value.is_string() && is_route_hostname(value.get_ref<const std::string&>());
}

bool is_missing_or(bool (*good)(const json&), const json& value) { return value.is_null() || good(value); }

/// Entries of a list of {name, value}.
bool are_pairs(const json& list) {
  if (list.is_null()) return true;
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const json& each) {
           return is_token(at(each, {"name"})) && is_text(at(each, {"value"}), kLongestValue);
         });
}

bool are_names(const json& list) {
  return list.is_null() || (list.is_array() && std::all_of(list.begin(), list.end(), is_token));
}

std::string match_fault(const json& match) {
  static constexpr std::array<std::string_view, 3> kTypes{"Exact", "PathPrefix", "RegularExpression"};
  if (!match.is_object()) return "a match that is no object";
  const json& value = at(match, {"path", "value"});
  const bool regular = path_type(match) == "RegularExpression";
  if (std::find(kTypes.begin(), kTypes.end(), path_type(match)) == kTypes.end()) return "the type of a path match";
  if (!value.is_null() && !(regular ? is_text(value, kLongestPath) : is_path(value))) return "the value of a path match";
  if (!is_missing_or(is_token, at(match, {"method"}))) return "the method of a match";
  if (match.contains("method") && at(match, {"method"}).is_null()) return "the method of a match";
  if (!are_pairs(at(match, {"headers"}))) return "a header match";
  return are_pairs(at(match, {"queryParams"})) ? "" : "a query parameter match";
}

std::string path_modifier_fault(const json& path) {
  if (path.is_null()) return "";
  const bool full = string_at(path, {"type"}) == "ReplaceFullPath";
  const bool known = full || string_at(path, {"type"}) == "ReplacePrefixMatch";
  const json& value = at(path, {full ? "replaceFullPath" : "replacePrefixMatch"});
  if (!known || (!value.is_null() && !is_text(value, kLongestPath))) return "a path modifier";
  return "";
}

std::string redirect_fault(const json& redirect) {
  const json& scheme = at(redirect, {"scheme"});
  const json& port = at(redirect, {"port"});
  if (!scheme.is_null() && scheme != "http" && scheme != "https") return "the scheme of a redirect";
  if (!port.is_null() && !port_at(redirect, {"port"})) return "the port of a redirect";
  if (!is_missing_or(is_hostname, at(redirect, {"hostname"}))) return "the host name of a redirect";
  return path_modifier_fault(at(redirect, {"path"}));
}

std::string filter_fault(const json& filter) {
  if (!filter.is_object()) return "a filter that is no object";
  for (const char* kind : {"requestHeaderModifier", "responseHeaderModifier"}) {
    const json& modifier = at(filter, {kind});
    if (!are_pairs(at(modifier, {"set"})) || !are_pairs(at(modifier, {"add"})) || !are_names(at(modifier, {"remove"})))
      return "a header modifier";
  }
  const json& rewrite = at(filter, {"urlRewrite"});
  if (!is_missing_or(is_hostname, at(rewrite, {"hostname"}))) return "the host name of a rewrite";
  const std::string fault = path_modifier_fault(at(rewrite, {"path"}));
  return fault.empty() ? redirect_fault(at(filter, {"requestRedirect"})) : fault;
}

std::string backend_fault(const json& reference) {
  const int64_t weight = int32_at(reference, {"weight"}, 1);
  const json& given = at(reference, {"weight"});
  if (!given.is_null() && !given.is_number_integer()) return "the weight of a backendRef";
  return weight < 0 || weight > kMostWeight ? "the weight of a backendRef" : "";
}

/// The first fault of the entries of a list; an entry of the wrong type is the entry's own business.
std::string first_fault(const json& list, std::string (*fault_of)(const json&)) {
  for (const json& each : list) {
    if (std::string fault = fault_of(each); !fault.empty()) return fault;
  }
  return "";
}

std::string rule_fault(const json& rule) {
  if (!rule.is_object()) return "a rule that is no object";
  std::string fault = first_fault(array_at(rule, {"matches"}), match_fault);
  if (fault.empty()) fault = first_fault(array_at(rule, {"filters"}), filter_fault);
  return fault.empty() ? first_fault(array_at(rule, {"backendRefs"}), backend_fault) : fault;
}

std::string hostname_fault(const json& hostname) { return is_hostname(hostname) ? "" : "a host name"; }

}  // namespace

bool is_route_hostname(const std::string& name) {
  return is_dns_subdomain(name.starts_with("*.") ? name.substr(2) : name);
}

std::string malformed_part(const json& route) {
  const std::string fault = first_fault(array_at(route, {"spec", "hostnames"}), hostname_fault);
  return fault.empty() ? first_fault(array_at(route, {"spec", "rules"}), rule_fault) : fault;
}

}  // namespace zdt::rehearsal
