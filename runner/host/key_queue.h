// Bytes as a terminal sends them, cut into keys.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace zdt::host {

/// A key is one character of UTF-8 (a byte that is none counts as one), or an escape sequence whole: ESC [ … and ESC O …
/// (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), and ESC with the character that follows it. Keys of one read
/// stay here until they are taken: somebody who types fast, or pastes, loses none.
class KeyQueue {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  void clear() { bytes_.clear(); }
  bool empty() const { return bytes_.empty(); }
  /// The first key; nothing when there is none, or when more bytes may belong to it.
  std::optional<std::string> take();
  /// The first key, however short it is: nothing more came. Nothing when there is none.
  std::optional<std::string> take_as_it_is();

 private:
  std::string bytes_;
};

}  // namespace zdt::host
