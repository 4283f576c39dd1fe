#include "script/library/pattern.h"

#include <cctype>

#include "script/lua.h"

namespace zdt::script {
namespace {

constexpr int kMostDepth = 200;  // as Lua's MAXCCALLS
constexpr unsigned kStepsPerLook = 1'024;

bool is_in_class(unsigned char c, char letter) {
  bool in = false;
  switch (std::tolower(static_cast<unsigned char>(letter))) {
    case 'a': in = std::isalpha(c) != 0; break;
    case 'c': in = std::iscntrl(c) != 0; break;
    case 'd': in = std::isdigit(c) != 0; break;
    case 'g': in = std::isgraph(c) != 0; break;
    case 'l': in = std::islower(c) != 0; break;
    case 'p': in = std::ispunct(c) != 0; break;
    case 's': in = std::isspace(c) != 0; break;
    case 'u': in = std::isupper(c) != 0; break;
    case 'w': in = std::isalnum(c) != 0; break;
    case 'x': in = std::isxdigit(c) != 0; break;
    case 'z': in = c == 0; break;
    default: return static_cast<unsigned char>(letter) == c;  // "%." and the like
  }
  return std::isupper(static_cast<unsigned char>(letter)) != 0 ? !in : in;
}

/// set  "[…]" whole.
bool is_in_set(unsigned char c, std::string_view set) {
  const bool inverse = set.size() > 1 && set[1] == '^';
  const size_t last = set.size() - 1;
  for (size_t i = inverse ? 2 : 1; i < last; ++i) {
    if (set[i] == '%') {
      ++i;
      if (is_in_class(c, set[i])) return !inverse;
    } else if (i + 2 < last && set[i + 1] == '-') {
      if (static_cast<unsigned char>(set[i]) <= c && c <= static_cast<unsigned char>(set[i + 2])) return !inverse;
      i += 2;
    } else if (static_cast<unsigned char>(set[i]) == c) {
      return !inverse;
    }
  }
  return inverse;
}

[[noreturn]] void fail_pattern(std::string_view why) { fail_script(fmt::format("malformed pattern ({})", why)); }

}  // namespace

void Matcher::step() {
  if (++steps_ % kStepsPerLook == 0) every_so_often_();
}

size_t Matcher::match(size_t start) {
  count_ = 0;
  depth_ = 0;
  return rest(start, 0);
}

Capture Matcher::capture(size_t index) const {
  const Slot& slot = slots_[index];
  if (slot.open == Open::kYes) fail_script("unfinished capture");
  return {slot.start, slot.length, slot.open == Open::kPosition};
}

/// Behind the single character, class or set that begins there.
size_t Matcher::item_end_of(size_t in_pattern) const {
  if (pattern_[in_pattern] == '%') {
    if (in_pattern + 1 >= pattern_.size()) fail_pattern("ends with '%'");
    return in_pattern + 2;
  }
  if (pattern_[in_pattern] != '[') return in_pattern + 1;
  size_t i = in_pattern + 1;
  if (i < pattern_.size() && pattern_[i] == '^') ++i;
  for (bool first = true;; first = false) {  // a ']' that comes first is one of the set
    if (i >= pattern_.size()) fail_pattern("missing ']'");
    const char c = pattern_[i++];
    if (c == '%') {
      if (i >= pattern_.size()) fail_pattern("missing ']'");
      ++i;
    } else if (c == ']' && !first) {
      return i;
    }
  }
}

bool Matcher::fits(size_t at, size_t item, size_t item_end) const {
  if (at >= text_.size()) return false;
  const auto c = static_cast<unsigned char>(text_[at]);
  if (pattern_[item] == '.') return true;
  if (pattern_[item] == '%') return is_in_class(c, pattern_[item + 1]);
  if (pattern_[item] == '[') return is_in_set(c, pattern_.substr(item, item_end - item));
  return static_cast<unsigned char>(pattern_[item]) == c;
}

/// The rest of the pattern, from `in_pattern` on, at `at`.
size_t Matcher::rest(size_t at, size_t in_pattern) {
  if (++depth_ > kMostDepth) fail_script("pattern too complex");
  Progress now{at, in_pattern, false};
  while (!now.done && now.in_pattern < pattern_.size()) {
    step();
    if (!special_item(now)) plain_item(now);
  }
  --depth_;
  return now.at;
}

char Matcher::pattern_at(size_t index) const { return index < pattern_.size() ? pattern_[index] : '\0'; }

/// Whether it was one: a capture, "$" at the end, "%b", "%f" or "%1".
bool Matcher::special_item(Progress& now) {
  const char c = pattern_[now.in_pattern], next = pattern_at(now.in_pattern + 1);
  if (c == '(') {
    const bool position = next == ')';
    now = {begin_capture(now.at, now.in_pattern + (position ? 2 : 1), position ? Open::kPosition : Open::kYes), 0, true};
  } else if (c == ')') {
    now = {end_capture(now.at, now.in_pattern + 1), 0, true};
  } else if (c == '$' && now.in_pattern + 1 == pattern_.size()) {
    now = {now.at == text_.size() ? now.at : kNoMatch, 0, true};
  } else if (c == '%' && next == 'b') {
    now.go_on(balanced(now.at, now.in_pattern + 2), now.in_pattern + 4);
  } else if (c == '%' && next == 'f') {
    const size_t set = now.in_pattern + 2;
    if (pattern_at(set) != '[') fail_script("missing '[' after '%f' in pattern");
    const size_t set_end = item_end_of(set);
    now.go_on(frontier(now.at, set, set_end), set_end);
  } else if (c == '%' && std::isdigit(static_cast<unsigned char>(next)) != 0) {
    now.go_on(same_as_capture(now.at, next), now.in_pattern + 2);
  } else {
    return false;
  }
  return true;
}

/// A character, class or set, with what may follow it.
void Matcher::plain_item(Progress& now) {
  const size_t item = now.in_pattern, item_end = item_end_of(item);
  const char suffix = pattern_at(item_end);
  if (!fits(now.at, item, item_end)) {
    const bool may_be_absent = suffix == '*' || suffix == '?' || suffix == '-';
    return now.go_on(may_be_absent ? now.at : kNoMatch, item_end + 1);
  }
  if (suffix == '?') {
    const size_t with = rest(now.at + 1, item_end + 1);
    if (with == kNoMatch) return now.go_on(now.at, item_end + 1);
    now = {with, 0, true};
  } else if (suffix == '*' || suffix == '+') {
    now = {most(now.at + (suffix == '+' ? 1 : 0), item, item_end), 0, true};
  } else if (suffix == '-') {
    now = {fewest(now.at, item, item_end), 0, true};
  } else {
    now.go_on(now.at + 1, item_end);
  }
}

size_t Matcher::most(size_t at, size_t item, size_t item_end) {
  size_t count = 0;
  for (; fits(at + count, item, item_end); ++count) step();
  for (size_t tried = count + 1; tried-- > 0;) {
    step();
    const size_t end = rest(at + tried, item_end + 1);
    if (end != kNoMatch) return end;
  }
  return kNoMatch;
}

size_t Matcher::fewest(size_t at, size_t item, size_t item_end) {
  for (;; ++at) {
    step();
    const size_t end = rest(at, item_end + 1);
    if (end != kNoMatch) return end;
    if (!fits(at, item, item_end)) return kNoMatch;
  }
}

/// Behind the balanced piece, for "%bxy" with x at `in_pattern`.
size_t Matcher::balanced(size_t at, size_t in_pattern) {
  if (in_pattern + 1 >= pattern_.size()) fail_pattern("missing arguments to '%b'");
  if (at >= text_.size() || text_[at] != pattern_[in_pattern]) return kNoMatch;
  const char open = pattern_[in_pattern], close = pattern_[in_pattern + 1];
  size_t depth = 1;
  for (size_t i = at + 1; i < text_.size(); ++i) {
    step();
    if (text_[i] == close) {
      if (--depth == 0) return i + 1;
    } else if (text_[i] == open) {
      ++depth;
    }
  }
  return kNoMatch;
}

size_t Matcher::begin_capture(size_t at, size_t in_pattern, Open open) {
  if (count_ >= kMostCaptures) fail_script("too many captures");
  slots_[count_] = {at, 0, open};
  ++count_;
  const size_t end = rest(at, in_pattern);
  if (end == kNoMatch) --count_;
  return end;
}

size_t Matcher::end_capture(size_t at, size_t in_pattern) {
  size_t index = count_;
  while (index > 0 && slots_[index - 1].open != Open::kYes) --index;
  if (index == 0) fail_script("invalid pattern capture");
  Slot& slot = slots_[index - 1];
  slot.length = at - slot.start;
  slot.open = Open::kNo;
  const size_t end = rest(at, in_pattern);
  if (end == kNoMatch) slot.open = Open::kYes;
  return end;
}

size_t Matcher::same_as_capture(size_t at, char digit) {
  const auto index = static_cast<size_t>(digit - '1');
  if (digit == '0' || index >= count_ || slots_[index].open == Open::kYes) {
    fail_script(fmt::format("invalid capture index %{}", digit));
  }
  if (slots_[index].open == Open::kPosition) return kNoMatch;
  const std::string_view captured = text_.substr(slots_[index].start, slots_[index].length);
  return text_.substr(at).starts_with(captured) ? at + captured.size() : kNoMatch;
}

size_t Matcher::frontier(size_t at, size_t set, size_t set_end) {
  const std::string_view members = pattern_.substr(set, set_end - set);
  const char before = at == 0 ? '\0' : text_[at - 1], here = at < text_.size() ? text_[at] : '\0';
  const bool begins = !is_in_set(static_cast<unsigned char>(before), members) &&
                      is_in_set(static_cast<unsigned char>(here), members);
  return begins ? at : kNoMatch;
}

}  // namespace zdt::script
