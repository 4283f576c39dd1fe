// The load's events as text: docs/journal.md, load-progress and load-finished.
#pragma once
#include "base/json.h"

namespace zdt::report {

/// "120 sent, 119 ok, 1 failed, 50/s, p99 12 ms"
std::string progress_text(const json& data);

/// The whole result, lines without a newline or indentation.
std::vector<std::string> load_lines(const json& data);

}  // namespace zdt::report
