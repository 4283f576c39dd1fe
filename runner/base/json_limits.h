// How deep and how large JSON from outside may be. nlohmann's copies, comparisons and dump() call themselves once a
// level, and so do our own walks: a text of 100 KB could otherwise end the stack.
#pragma once
#include <string_view>

#include "base/json.h"

namespace zdt {

/// The deepest nesting that parse_json() accepts. (kube-apiserver's is 10,000: Go's stacks grow.)
constexpr int kMaxJsonDepth = 500;

/// The deepest nesting of brackets outside of strings, without building anything. One pass.
int depth_of_json(std::string_view text);

/// How many brackets, commas and colons stand outside of strings: an upper bound of the number of values, less one.
size_t separators_in_json(std::string_view text);

/// What `text` says, or null when it is no JSON, or deeper than kMaxJsonDepth.
json parse_json_or_null(std::string_view text);

/// Whether `value` has more than `levels` levels of lists and objects (a scalar has none). Looks no deeper than that.
bool is_deeper_than(const json& value, int levels);

/// About how many bytes `value` takes in memory, keys included. Counts no further than `enough`.
/// `value` must not be deeper than kMaxJsonDepth.
size_t memory_of(const json& value, size_t enough = SIZE_MAX);

/// `text`, cut after `limit` bytes: errors repeat what others wrote, however long it is.
std::string excerpt(std::string_view text, size_t limit = 200);

}  // namespace zdt
