// What nlohmann/json asks before it reads: `constant["missing"]` and the like. With assert() a build without debugging would
// read memory that is not there, and a document of a stranger decides what is missing; thrown, it is an error like any other.
// Comes before the library, in each source the same. https://json.nlohmann.me/api/macros/json_assert/
#pragma once
#include <stdexcept>
#include <string>

namespace zdt {

[[noreturn]] inline void json_is_not_so(const char* expected) { throw std::logic_error(std::string("JSON without what is read of it: ") + expected); }

}  // namespace zdt

#define JSON_ASSERT(expected) ((expected) ? static_cast<void>(0) : ::zdt::json_is_not_so(#expected))
