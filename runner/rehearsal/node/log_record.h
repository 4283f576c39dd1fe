// One record of a container's log: "<time> <stream> <tag> <text>".
#pragma once
#include <string_view>

namespace zdt::rehearsal {

/// whole  the line ends with this record.
struct LogRecord {
  std::string_view time, text;
  bool whole = true;
};

inline LogRecord parse_log_record(std::string_view line) {
  const size_t stream = line.find(' ');
  const size_t tag = stream == std::string_view::npos ? stream : line.find(' ', stream + 1);
  if (tag == std::string_view::npos || tag + 3 > line.size()) return {"", line, true};
  return {line.substr(0, stream), line.substr(tag + 3), line[tag + 1] == 'F'};
}

}  // namespace zdt::rehearsal
