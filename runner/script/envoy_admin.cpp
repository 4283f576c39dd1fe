#include "script/envoy_admin.h"

#include "base/text.h"
#include "script/entrances.h"

namespace zdt::script {
namespace {

constexpr const char* kAdminPort = ":9901";

}  // namespace

EnvoyAdmin envoy_admin(World& world, std::string target, const std::string& what) {
  EnvoyAdmin admin;
  if (target.find("://") != std::string::npos) {
    while (target.ends_with('/')) target.pop_back();
    admin.request.url = target;
    admin.network = network_for(world, target);
    return admin;
  }
  std::string kind = "pods";
  for (const auto& [prefix, plural] : {std::pair("pod/", "pods"), {"service/", "services"}}) {
    if (!target.starts_with(prefix)) continue;
    kind = plural;
    target = target.substr(std::string_view(prefix).size());
    break;
  }
  if (target.empty() || split(target, '/').size() > 2) {
    fail_script(what + ": want \"pod/NAME\", \"NAMESPACE/NAME\", \"service/NAME\" or a URL");
  }
  admin.request.proxy = proxy_path(world, kind, target + kAdminPort);
  return admin;
}

std::string envoy_stats_path(const std::string& filter) {
  return "/stats?format=json" + (filter.empty() ? "" : "&filter=" + http::url_encode(filter));
}

Result<json> envoy_stats_from(const http::Response& response, const InsideRequest& request) {
  auto text = body_of(response, request);
  if (!text) return text.error();
  auto body = parse_json(*text, request.path);
  if (!body) return body.error();
  json stats = json::object();
  for (const json& each : array_at(*body, {"stats"})) {
    if (at(each, {"value"}).is_number()) stats[string_at(each, {"name"})] = each["value"];
  }
  return stats;
}

}  // namespace zdt::script
