// How an input becomes another: as bytes, and as a JSON value whose shape is kept while its parts become what
// nobody expects.
#pragma once
#include "base/json.h"
#include "fuzz/random.h"

namespace zdt::fuzz {

/// A few changes: flipped bits, other bytes, words put in, pieces left out, doubled, repeated many times, or
/// taken from `other`. At most `limit` bytes.
std::string mutated_bytes(Random& random, std::string bytes, const std::vector<std::string>& words,
                          const std::string& other, size_t limit);

/// A few changes of parts anywhere in `value`: another type, a hostile value, gone, renamed, doubled, nested.
json mutated_json(Random& random, json value, const std::vector<std::string>& words);

/// Numbers, texts, lists and objects that programs trip over.
json hostile_value(Random& random, const std::vector<std::string>& words);
std::string hostile_text(Random& random, const std::vector<std::string>& words);

}  // namespace zdt::fuzz
