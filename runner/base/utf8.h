// Characters of UTF-8 (Unicode 15, table 3-7: shortest forms, no surrogates).
#pragma once
#include <cstddef>
#include <string_view>

namespace zdt {

/// value  U+FFFD where the bytes are no character.   length  in bytes; 1 where they are none.
struct Character {
  char32_t value = 0xFFFD;
  size_t length = 1;
  bool valid = false;
};

/// The first one of `text`, which is not empty.
Character character_at(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace zdt
