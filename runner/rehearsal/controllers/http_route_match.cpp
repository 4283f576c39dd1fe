#include "rehearsal/controllers/http_route_match.h"

#include <re2/re2.h>

#include "base/json_limits.h"

namespace zdt::rehearsal {
namespace {

json string_match(const json& wanted) {
  const std::string value = string_at(wanted, {"value"});
  if (string_at(wanted, {"type"}) == "RegularExpression") return {{"safe_regex", {{"regex", value}}}};
  return {{"exact", value}};
}

}  // namespace

std::string path_type(const json& match) { return string_at(match, {"path", "type"}, "PathPrefix"); }
std::string path_value(const json& match) {
  std::string value = string_at(match, {"path", "value"}, "/");
  if (path_type(match) != "PathPrefix") return value;
  while (value.size() > 1 && value.ends_with('/')) value.pop_back();
  return value;
}

json envoy_match(const json& match) {
  const std::string type = path_type(match), value = path_value(match);
  json envoy;
  if (type == "Exact") envoy["path"] = value;
  if (type == "RegularExpression") envoy["safe_regex"] = {{"regex", value}};
  if (type == "PathPrefix") envoy[value == "/" ? "prefix" : "path_separated_prefix"] = value;
  json headers = json::array();
  if (match.contains("method"))
    headers.push_back({{"name", ":method"}, {"string_match", {{"exact", match["method"]}}}});
  for (const json& header : array_at(match, {"headers"})) {
    headers.push_back({{"name", string_at(header, {"name"})}, {"string_match", string_match(header)}});
  }
  if (!headers.empty()) envoy["headers"] = std::move(headers);
  for (const json& parameter : array_at(match, {"queryParams"})) {
    envoy["query_parameters"].push_back(
        {{"name", string_at(parameter, {"name"})}, {"string_match", string_match(parameter)}});
  }
  return envoy;
}

std::string unreadable_part(const json& match) {
  std::vector<const json*> parts{&at(match, {"path"})};
  for (const char* list : {"headers", "queryParams"}) {
    for (const json& part : array_at(match, {list})) parts.push_back(&part);
  }
  for (const json* part : parts) {
    const std::string value = string_at(*part, {"value"});
    if (string_at(*part, {"type"}) != "RegularExpression" || RE2(value, RE2::Quiet).ok()) continue;
    return fmt::format("the regular expression \"{}\"", excerpt(value));
  }
  return "";
}

MatchRank rank_of(const json& route, const json& match) {
  const std::string type = path_type(match);
  const int kind = type == "Exact" ? 0 : type == "RegularExpression" ? 1 : 2;
  return {kind,
          -static_cast<int64_t>(path_value(match).size()),
          !match.contains("method"),
          -static_cast<int64_t>(array_at(match, {"headers"}).size()),
          -static_cast<int64_t>(array_at(match, {"queryParams"}).size()),
          string_at(route, {"metadata", "creationTimestamp"}),
          key_of(route)};
}

}  // namespace zdt::rehearsal
