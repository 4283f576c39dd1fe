// Text that came from outside (pod logs, Lua strings), made fit for a terminal, XML or a column.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace zdt::report {

/// Valid UTF-8 that XML 1.0 can hold (https://www.w3.org/TR/xml/#charsets): malformed bytes, surrogates,
/// U+FFFE and U+FFFF become U+FFFD; terminal sequences (ESC [ … and ESC ] …) and other control characters
/// vanish, but for tab and newline. A carriage return ends a line only together with a newline.
std::string clean(std::string_view text);

/// clean() in one line: newlines and tabs become single spaces.
std::string one_line(std::string_view text);

/// `text` cut at its first newline: one_line() of what stands before, and what stands behind, as it is.
std::pair<std::string, std::string> first_line(std::string_view text);

/// Columns that clean text takes; every code point counts as one.
size_t width_of(std::string_view text);

/// `text` padded with spaces to `columns`, at its end or (right_aligned) its start.
std::string padded(std::string_view text, size_t columns, bool right_aligned = false);

/// The first `columns` columns of `text`.
std::string fitted(std::string_view text, size_t columns);

}  // namespace zdt::report
