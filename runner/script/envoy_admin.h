// The admin port of one Envoy, as scripts name it.
#pragma once
#include "script/inside.h"

namespace zdt::script {

/// "pod/NAME", "NAMESPACE/NAME", "service/NAME", each perhaps with a namespace in the middle, or a URL.
struct EnvoyAdmin {
  InsideRequest request;
  std::shared_ptr<host::NetworkNamespace> network;
};

/// `what` begins the errors' sentences. Throws LuaFailure.
EnvoyAdmin envoy_admin(World& world, std::string target, const std::string& what);

/// The path that asks for the statistics whose names match `filter`, a regular expression ("" : all).
std::string envoy_stats_path(const std::string& filter);
/// {name = number} from the answer. Fails when it is none.
Result<json> envoy_stats_from(const http::Response& response, const InsideRequest& request);

}  // namespace zdt::script
