// Kubernetes' quantities, exactly: "100m" is "0.1", which binary fractions do not say (apimachinery/pkg/api/resource).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace zdt::rehearsal::api {

/// In units of 10^-9, rounded up; what is out of range is the nearest that is not.
__extension__ typedef __int128 Nanos;

/// Nothing when `text` is no quantity; then `why` says it in Kubernetes' words.
std::optional<Nanos> exact_quantity(std::string_view text, std::string* why = nullptr);

}  // namespace zdt::rehearsal::api
