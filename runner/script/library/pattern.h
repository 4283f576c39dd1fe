// Lua's patterns (reference manual, 6.4.1), matched in steps that can be counted: a pattern such as ("a-"):rep(40) takes
// longer than anybody waits, and Lua's own matcher cannot be stopped within.
#pragma once
#include <array>
#include <functional>
#include <string_view>

namespace zdt::script {

/// One match.   position  a capture "()", which is the place itself, from 0.
struct Capture {
  size_t start = 0, length = 0;
  bool position = false;
};

/// Matches one pattern against places of one text. Throws LuaFailure kScript for a malformed pattern, in Lua's words.
class Matcher {
 public:
  static constexpr size_t kNoMatch = static_cast<size_t>(-1);
  static constexpr size_t kMostCaptures = 32;

  /// pattern  without a leading "^", which is its caller's.   every_so_often  called each 1,024 steps; may throw.
  Matcher(std::string_view text, std::string_view pattern, std::function<void()> every_so_often)
      : text_(text), pattern_(pattern), every_so_often_(std::move(every_so_often)) {}

  /// Where the match that begins at `start` ends, or kNoMatch.
  size_t match(size_t start);

  /// Of the last match. Fails as match() does, for one that was not closed.
  size_t capture_count() const { return count_; }
  Capture capture(size_t index) const;

 private:
  enum class Open : unsigned char { kNo, kYes, kPosition };
  struct Slot {
    size_t start = 0, length = 0;
    Open open = Open::kNo;
  };

  /// Where a match stands.   done  `at` is its end, or kNoMatch.
  struct Progress {
    size_t at, in_pattern;
    bool done;
    void go_on(size_t to, size_t behind) { *this = {to, behind, to == kNoMatch}; }
  };

  size_t rest(size_t at, size_t in_pattern);
  bool special_item(Progress& now);
  void plain_item(Progress& now);
  char pattern_at(size_t index) const;
  size_t most(size_t at, size_t item, size_t item_end);
  size_t fewest(size_t at, size_t item, size_t item_end);
  size_t balanced(size_t at, size_t in_pattern);
  size_t begin_capture(size_t at, size_t in_pattern, Open open);
  size_t end_capture(size_t at, size_t in_pattern);
  size_t same_as_capture(size_t at, char digit);
  size_t frontier(size_t at, size_t set, size_t set_end);
  size_t item_end_of(size_t in_pattern) const;
  bool fits(size_t at, size_t item, size_t item_end) const;
  void step();

  std::string_view text_, pattern_;
  std::function<void()> every_so_often_;
  std::array<Slot, kMostCaptures> slots_;
  size_t count_ = 0;
  unsigned steps_ = 0;
  int depth_ = 0;
};

}  // namespace zdt::script
