// Requests to what runs inside the cluster: through the API server's proxy, which every cluster has, or to a
// URL.
#pragma once
#include "script/world.h"

namespace zdt::script {

/// Where to: `url` (its origin, as zdt.http reaches it), or, when that is empty, `proxy`, the path of a pod's
/// or Service's proxy. `path` begins with a slash and may have a query.
struct InsideRequest {
  std::string method = "GET", url, proxy, path;
  milliseconds limit{10'000};
};

/// The proxy's path of "namespace/name:port" or "name:port"; kind is "pods" or "services".
/// https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
std::string proxy_path(World& world, std::string_view kind, const std::string& target);

/// Any HTTP status is success, but for the API server's own refusal, which is an Error. `network` as
/// network_for() gives it for `request.url`.
Task<Result<http::Response>> send_inside(World& world, InsideRequest request,
                                         std::shared_ptr<host::NetworkNamespace> network);

/// The body of a successful answer; an Error with the status and the start of the words otherwise.
Result<std::string> body_of(const http::Response& response, const InsideRequest& request);

}  // namespace zdt::script
