// The filters of an HTTPRoute's rules in Envoy's words. Pure functions.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// config.route.v3.RedirectAction of a RequestRedirect.
json redirect_of(const json& filter, const json& match);

/// Puts a RequestHeaderModifier, ResponseHeaderModifier or URLRewrite into the route `envoy`; leaves it for
/// another.
void apply_filter(json& envoy, const json& filter, const json& match);

}  // namespace zdt::rehearsal
