#include "stage/journal_lines.h"

namespace zdt::stage {
namespace {

Result<Event> parse_line(std::string_view line, std::string_view source) {
  auto object = parse_json(line, source);
  if (!object) return object.error();
  auto event = event_from_json(*object);
  if (!event) return with_context(source, event.error());
  return event;
}

}  // namespace

Result<JournalLines> read_journal_lines(std::string_view text, std::string_view source) {
  JournalLines lines;
  for (size_t number = 1; lines.length < text.size(); ++number) {
    const size_t end = text.find('\n', lines.length);
    lines.cut = end == std::string_view::npos;
    if (lines.cut) break;
    auto event =
        parse_line(text.substr(lines.length, end - lines.length), fmt::format("{}:{}", source, number));
    lines.cut = !event;
    if (!event && end + 1 < text.size()) return event.error();
    if (!event) break;
    lines.events.push_back(std::move(*event));
    lines.length = end + 1;
  }
  return lines;
}

}  // namespace zdt::stage
