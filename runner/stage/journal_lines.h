// A journal's text, cut into its events: shared by the reader and by the writer, which goes on behind the
// last one.
#pragma once
#include "stage/event.h"

namespace zdt::stage {

/// events  of the whole lines.   length  bytes up to the end of the last good line.   cut  text follows
/// behind it: a line without its newline, or a last line that is not an event.
struct JournalLines {
  std::vector<Event> events;
  size_t length = 0;
  bool cut = false;
};

/// Fails kInvalid: a line that is not an event, with others behind it (`source:line: why`).
Result<JournalLines> read_journal_lines(std::string_view text, std::string_view source);

}  // namespace zdt::stage
