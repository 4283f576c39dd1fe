// Where the program writes and reads keys.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "host/task.h"

namespace zdt::host {

/// write() goes to stdout, write_error() to stderr; both at once, unbuffered.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void write(std::string_view text) = 0;
  virtual void write_error(std::string_view text) = 0;
  virtual bool output_is_terminal() const = 0;
  virtual bool input_is_terminal() const = 0;
  /// 80 when unknown.
  virtual int columns() const = 0;
  /// The next key as typed (one character, or an escape sequence whole), without echo; nothing at the end of input.
  virtual Task<std::optional<std::string>> read_key() = 0;
};

/// Ends character-at-a-time input, should it be on. Async-signal-safe.
void restore_terminal_mode() noexcept;

/// The process's own standard streams. Terminal modes are restored with the object.
std::unique_ptr<Terminal> real_terminal(asio::io_context& loop);

}  // namespace zdt::host
