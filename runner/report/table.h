// Tables in plain text.
#pragma once
#include "base/json.h"

namespace zdt::report {

/// Aligned lines without a newline: the column names, then the rows; numbers stand at the right of their
/// column. columns  an array of names (empty: no head line).   rows  an array of arrays, or of objects with
/// the columns as keys.
std::vector<std::string> table_lines(const json& columns, const json& rows);

}  // namespace zdt::report
