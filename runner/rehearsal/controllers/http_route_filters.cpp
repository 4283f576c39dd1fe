#include "rehearsal/controllers/http_route_filters.h"

#include <map>

#include "rehearsal/controllers/http_route_match.h"

namespace zdt::rehearsal {
namespace {

std::string escaped_for_regex(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// In a substitution only "\1" and the like are special.
json regex_rewrite(const std::string& pattern, const std::string& replacement) {
  std::string substitution;
  for (const char c : replacement) substitution += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return {{"pattern", {{"regex", pattern}}}, {"substitution", substitution}};
}

/// https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier: "/foo" -> "/xyz" makes /xyz/bar of
/// /foo/bar.
void rewrite_path(json& action, const json& match, const json& path) {
  if (string_at(path, {"type"}) == "ReplaceFullPath") {
    action["regex_rewrite"] = regex_rewrite("^.*$", string_at(path, {"replaceFullPath"}));
    return;
  }
  const std::string prefix = path_value(match);
  std::string replacement = string_at(path, {"replacePrefixMatch"});
  while (replacement.ends_with('/')) replacement.pop_back();
  if (prefix == "/") {
    action["regex_rewrite"] = regex_rewrite("^/", replacement + "/");
  } else if (replacement.empty()) {
    action["regex_rewrite"] = regex_rewrite("^" + escaped_for_regex(prefix) + "/*", "/");
  } else {
    action["prefix_rewrite"] = replacement;
  }
}

json added_headers(const json& modifier) {
  json added = json::array();
  for (const auto& [field, how] :
       {std::pair("set", "OVERWRITE_IF_EXISTS_OR_ADD"), {"add", "APPEND_IF_EXISTS_OR_ADD"}}) {
    for (const json& header : array_at(modifier, {field})) {
      // A per cent sign begins a variable in Envoy's values, and is plain in the Gateway API's.
      std::string value;
      for (const char c : string_at(header, {"value"}))
        value += c == '%' ? std::string("%%") : std::string(1, c);
      added.push_back(
          {{"header", {{"key", string_at(header, {"name"})}, {"value", value}}}, {"append_action", how}});
    }
  }
  return added;
}

void modify_headers(json& route, const json& modifier, const std::string& direction) {
  json added = added_headers(modifier);
  if (!added.empty()) route[direction + "_headers_to_add"] = std::move(added);
  const json& removed = array_at(modifier, {"remove"});
  if (!removed.empty()) route[direction + "_headers_to_remove"] = removed;
}

}  // namespace

json redirect_of(const json& filter, const json& match) {
  static const std::map<int64_t, const char*> kCodes = {{301, "MOVED_PERMANENTLY"},
                                                        {302, "FOUND"},
                                                        {303, "SEE_OTHER"},
                                                        {307, "TEMPORARY_REDIRECT"},
                                                        {308, "PERMANENT_REDIRECT"}};
  const auto code = kCodes.find(int32_at(filter, {"statusCode"}, 302));
  json redirect = {{"response_code", code == kCodes.end() ? "FOUND" : code->second}};
  if (filter.contains("scheme")) redirect["scheme_redirect"] = filter["scheme"];
  if (filter.contains("hostname")) redirect["host_redirect"] = filter["hostname"];
  if (filter.contains("port")) redirect["port_redirect"] = filter["port"];
  const json& path = object_at(filter, {"path"});
  if (string_at(path, {"type"}) == "ReplaceFullPath")
    redirect["path_redirect"] = string_at(path, {"replaceFullPath"});
  if (string_at(path, {"type"}) != "ReplacePrefixMatch") return redirect;
  json rewritten;
  rewrite_path(rewritten, match, path);
  redirect.update(rewritten);
  return redirect;
}

void apply_filter(json& envoy, const json& filter, const json& match) {
  const std::string type = string_at(filter, {"type"});
  if (type == "RequestHeaderModifier")
    modify_headers(envoy, object_at(filter, {"requestHeaderModifier"}), "request");
  if (type == "ResponseHeaderModifier")
    modify_headers(envoy, object_at(filter, {"responseHeaderModifier"}), "response");
  if (type == "URLRewrite" && envoy.contains("route")) {
    const json& rewrite = object_at(filter, {"urlRewrite"});
    if (rewrite.contains("hostname")) envoy["route"]["host_rewrite_literal"] = rewrite["hostname"];
    if (rewrite.contains("path")) rewrite_path(envoy["route"], match, at(rewrite, {"path"}));
  }
}

}  // namespace zdt::rehearsal
