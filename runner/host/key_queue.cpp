#include "host/key_queue.h"

#include <algorithm>

namespace zdt::host {
namespace {

/// How long the character is that begins with `first`.
size_t length_of_character(unsigned char first) {
  if (first >= 0xF0) return 4;
  if (first >= 0xE0) return 3;
  return first >= 0xC0 ? 2 : 1;
}

bool ends_sequence(char c) { return c >= '@' && c <= '~'; }

/// The length of the first key of `bytes`, which are not empty; longer than they are when it goes on behind them.
size_t length_of_key(std::string_view bytes) {
  const char first = bytes.front();
  if (first != '\x1b') return length_of_character(static_cast<unsigned char>(first));
  if (bytes.size() == 1) return 2;
  const char second = bytes[1];
  if (second == 'O') return 3;
  if (second != '[') return 1 + length_of_character(static_cast<unsigned char>(second));
  const auto end = std::find_if(bytes.begin() + 2, bytes.end(), ends_sequence);
  return static_cast<size_t>(end - bytes.begin()) + 1;
}

}  // namespace

std::optional<std::string> KeyQueue::take() {
  if (empty() || length_of_key(bytes_) > bytes_.size()) return std::nullopt;
  return take_as_it_is();
}

std::optional<std::string> KeyQueue::take_as_it_is() {
  if (empty()) return std::nullopt;
  const size_t length = std::min(length_of_key(bytes_), bytes_.size());
  std::string key = bytes_.substr(0, length);
  bytes_.erase(0, length);
  return key;
}

}  // namespace zdt::host
