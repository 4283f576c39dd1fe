// Who may speak to the API: whoever has the token.
#pragma once
#include <string_view>

namespace zdt::rehearsal::api {

/// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Whether `authorization` (the header's value) is "Bearer TOKEN" with our token. An empty token lets nobody
/// in.
bool is_authorized(std::string_view authorization, std::string_view token);

}  // namespace zdt::rehearsal::api
