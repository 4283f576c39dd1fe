// The matches of an HTTPRoute's rules: as Envoy writes them, and which goes first. Pure functions.
#pragma once
#include <tuple>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// PathPrefix without one.
std::string path_type(const json& match);
/// Of a prefix, without a slash at its end, except for "/" itself.
std::string path_value(const json& match);

/// config.route.v3.RouteMatch.
json envoy_match(const json& match);

/// "" or what of `match` Envoy would refuse: a regular expression that is none. Envoy reads them with RE2, and
/// takes nothing of a configuration with one that it cannot read.
std::string unreadable_part(const json& match);

/// Less is earlier: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule, "Proxy or Load Balancer
/// routing configuration generated from HTTPRoutes MUST prioritize matches".
using MatchRank = std::tuple<int, int64_t, bool, int64_t, int64_t, std::string, Key>;
MatchRank rank_of(const json& route, const json& match);

}  // namespace zdt::rehearsal
