#include "load/windows.h"

#include <algorithm>
#include <iterator>

namespace zdt::load {

void ErrorWindows::add(int64_t first, int64_t last) {
  auto next = windows_.upper_bound(first);
  if (next != windows_.begin() && std::prev(next)->second + kGapUs >= first) --next;
  while (next != windows_.end() && next->first <= last + kGapUs) {
    first = std::min(first, next->first);
    last = std::max(last, next->second);
    next = windows_.erase(next);
  }
  windows_.emplace(first, last);
}

int64_t ErrorWindows::longest() const {
  int64_t longest = 0;
  for (const auto& [first, last] : windows_) longest = std::max(longest, last - first);
  return longest;
}

}  // namespace zdt::load
