// The little XML that a report writes.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zdt::report {

/// `text` cleaned (see clean()) and escaped for the inside of an element.
std::string xml_text(std::string_view text);

/// The same for a value in double quotes: newlines and tabs are kept as references.
std::string xml_value(std::string_view text);

/// `name="value"` for each pair, with a space before each.
std::string xml_attributes(const std::vector<std::pair<std::string, std::string>>& attributes);

/// `text` when it has at most `limit` bytes, else its first and last halves with the number of the bytes left
/// out between them.
std::string bounded(std::string_view text, size_t limit);

}  // namespace zdt::report
