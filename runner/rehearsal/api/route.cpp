#include "rehearsal/api/route.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "http/message.h"

namespace zdt::rehearsal::api {
namespace {

using Segments = std::vector<std::string>;
using Kind = Route::Kind;

Segments segments_of(std::string_view path) {
  Segments segments;
  for (const std::string& part : split(path, '/')) {
    if (part.empty()) continue;
    std::string literal = part;
    // In a path "+" is itself; url_decode follows the rules of queries.
    for (size_t at = 0; (at = literal.find('+', at)) != std::string::npos; at += 3)
      literal.replace(at, 1, "%2B");
    segments.push_back(http::url_decode(literal));
  }
  return segments;
}

/// Below /namespaces/NAME these are the namespace's own subresources, everything else is a resource inside
/// it.
bool is_namespace_subresource(const std::string& word) { return word == "status" || word == "finalize"; }

/// Takes resource, name and subresource from `rest`, which begins after the version.
std::optional<Route> objects_route(Route route, Segments rest) {
  const bool inside_namespace =
      rest.size() >= 3 && rest[0] == "namespaces" && !is_namespace_subresource(rest[2]);
  if (inside_namespace) {
    route.ns = rest[1];
    rest.erase(rest.begin(), rest.begin() + 2);
  }
  const bool proxy = rest.size() > 2 && rest[2] == "proxy";
  if (rest.empty() || (rest.size() > 3 && !proxy)) return std::nullopt;
  route.plural = rest[0];
  if (rest.size() > 1) route.name = rest[1];
  if (rest.size() > 2) route.subresource = rest[2];
  return route;
}

std::optional<Route> group_route(const Segments& segments) {
  Route route;
  if (segments.size() == 1) {
    route.kind = Kind::kGroups;
    return route;
  }
  route.group = segments[1];
  route.kind = segments.size() == 2 ? Kind::kGroup : Kind::kResources;
  if (segments.size() > 2) route.version = segments[2];
  if (segments.size() <= 3) return route;
  route.kind = Kind::kObjects;
  return objects_route(route, Segments(segments.begin() + 3, segments.end()));
}

std::optional<Route> core_route(const Segments& segments) {
  Route route;
  route.kind = segments.size() == 1 ? Kind::kCoreVersions : Kind::kResources;
  if (segments.size() > 1) route.version = segments[1];
  if (segments.size() <= 2) return route;
  route.kind = Kind::kObjects;
  return objects_route(route, Segments(segments.begin() + 2, segments.end()));
}

std::optional<Route> openapi_route(const Segments& segments) {
  if (segments.size() < 2 || segments[1] != "v3") return std::nullopt;
  Route route;
  route.kind = Kind::kOpenApi;
  route.name = join(Segments(segments.begin() + 2, segments.end()), "/");
  return route;
}

/// What is behind a proxy is for it alone to decode.
std::optional<Route> with_behind(std::optional<Route> route, std::string_view path) {
  if (!route || route->subresource != "proxy") return route;
  // api, version, (namespaces, its name,) resource, name, proxy
  for (int segments = route->ns.empty() ? 5 : 7; segments > 0; --segments) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  route->behind = path;
  return route;
}

Route plain_route(Kind kind) {
  Route route;
  route.kind = kind;
  return route;
}

}  // namespace

std::optional<Route> parse_route(std::string_view path) {
  const Segments segments = segments_of(path);
  if (segments.empty()) return std::nullopt;
  const std::string& first = segments[0];
  if (first == "healthz" || first == "readyz" || first == "livez") return plain_route(Kind::kHealth);
  if (first == "metrics" && segments.size() == 1) return plain_route(Kind::kMetrics);
  if (first == "rehearsal.zdt.dev" && segments.size() == 2 && segments[1] == "scrape-targets")
    return plain_route(Kind::kScrapeTargets);
  if (first == "version" && segments.size() == 1) return plain_route(Kind::kVersion);
  if (first == "api") return with_behind(core_route(segments), path);
  if (first == "apis") return group_route(segments);
  if (first == "openapi") return openapi_route(segments);
  return std::nullopt;
}

}  // namespace zdt::rehearsal::api
