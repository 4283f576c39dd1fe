#pragma once

#include <string>
#include <string_view>

namespace monolith {

/// Writes "2026-01-01T00:00:00.123Z <event>\n" to stdout in one write(2): nothing is buffered, and the lines
/// of two threads do not mix. Control characters in `event` become '?'. A closed stdout is ignored.
void log_line(std::string_view event);

/// The present time as UTC with milliseconds, as log_line() prints it.
std::string utc_now();

}  // namespace monolith
