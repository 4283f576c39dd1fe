#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace monolith {

/// Reads "1500ms", "2s", "2.5s", "1m" or a bare "0". Nothing for anything else: a negative value, a missing
/// or unknown unit, blanks, more than a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "1500ms" or, for whole seconds, "2s". Reads back with parse_duration().
std::string format_duration(std::chrono::milliseconds value);

/// Reads a plain decimal number of seconds ("2", "0.25") in [0, limit]; nothing for anything else.
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, std::chrono::seconds limit);

}  // namespace monolith
