// What a request path names.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace zdt::rehearsal::api {

/// kObjects    a resource, an object (name) or its subresource.
/// kResources  the resources of one group and version ("/api/v1", "/apis/apps/v1").
/// kGroup      one group ("/apis/apps").  kOpenApi  name is what follows /openapi/v3/, "" for the index.
/// kMetrics, kScrapeTargets  what only this API server has (state_metrics.h, scrape_targets.h).
/// behind      what follows .../proxy, as it came: "/stats".
struct Route {
  enum class Kind { kHealth, kMetrics, kScrapeTargets, kVersion, kCoreVersions, kGroups, kGroup, kResources, kOpenApi, kObjects };
  Kind kind = Kind::kObjects;
  std::string group, version, ns, plural, name, subresource, behind;
};

/// Nothing for a path that the API does not have. Segments are percent-decoded.
std::optional<Route> parse_route(std::string_view path);

}  // namespace zdt::rehearsal::api
