#include "rehearsal/api/check/where.h"

#include <vector>

namespace zdt::rehearsal::api {

std::string Where::text() const { return joined(false); }
std::string Where::field_names() const { return joined(true); }

std::string Where::joined(bool names_only) const {
  std::vector<const Where*> levels;
  for (const Where* here = this; here != nullptr; here = here->parent_) levels.push_back(here);
  std::string text;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    const Where& here = **level;
    if (here.is_key_ && names_only) {
      continue;
    } else if (here.is_key_) {
      text += '[';
      text += here.name_;
      text += ']';
    } else if (!here.name_.empty()) {
      if (!text.empty()) text += '.';
      text += here.name_;
    }
    if (here.index_ != kNone && !names_only) text += '[' + std::to_string(here.index_) + ']';
  }
  return text;
}

}  // namespace zdt::rehearsal::api
