// Text that came from outside (pod logs, Lua strings), made fit for a line or a column. base/clean.h makes it harmless.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "base/clean.h"

namespace zdt::report {

using zdt::clean;
using zdt::one_line;

/// `text` cut at its first newline: one_line() of what stands before, and what stands behind, as it is.
std::pair<std::string, std::string> first_line(std::string_view text);

/// Columns that clean text takes; every code point counts as one.
size_t width_of(std::string_view text);

/// `text` padded with spaces to `columns`, at its end or (right_aligned) its start.
std::string padded(std::string_view text, size_t columns, bool right_aligned = false);

/// The first `columns` columns of `text`.
std::string fitted(std::string_view text, size_t columns);

}  // namespace zdt::report
