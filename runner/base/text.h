// Small helpers for words and names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace zdt {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string trim(std::string_view text);
std::string lower(std::string_view text);

/// A step id from a title: lower case, `[a-z0-9-]+`, no dash at either end ("Start the load" -> "start-the-load").
std::string slug(std::string_view title);

/// The entry of `known` nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// Whether `text` matches `pattern`, where `*` stands for any run and `?` for one character.
bool glob_match(std::string_view pattern, std::string_view text);

/// `length` random characters of the alphabet that Kubernetes uses for generated names.
std::string random_suffix(size_t length);
/// A random version 4 UUID; a random token of `bytes` bytes in hex. Both from getrandom(2).
std::string random_uuid();
std::string random_token(size_t bytes);

/// Standard base64. encode writes no line breaks, decode skips them, as Go's does, and gives "" for malformed text.
std::string base64_encode(std::string_view bytes);
std::string base64_decode(std::string_view text);

}  // namespace zdt
