#include "audit/finding.h"

namespace zdt::audit {

std::string_view word_of(Level level) {
  switch (level) {
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "";
}

std::optional<Level> level_named(std::string_view word) {
  for (Level level : {Level::kNote, Level::kWarning, Level::kError}) {
    if (word == word_of(level)) return level;
  }
  return std::nullopt;
}

std::string ObjectName::text() const {
  if (ns.empty() || ns == "default") return kind + "/" + name;
  return kind + "/" + ns + "/" + name;
}

}  // namespace zdt::audit
