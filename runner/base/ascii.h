// Text for a terminal whose locale is not UTF-8.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace zdt {

/// `text` with ASCII characters alone. Signs that we draw with become what they look like, most of them in one column
/// ("▸" >, "✔" +, "├──" |--, "…" ..., "→" ->); every other character is one "?". Bytes that are no UTF-8 too.
std::string to_ascii(std::string_view text);

/// Whether a terminal with these variables shows UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is not empty names it
/// (https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_02); with none it is the C locale.
bool shows_utf8(const std::map<std::string, std::string>& environment);

}  // namespace zdt
