// Where the program writes and reads keys.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clean.h"
#include "base/json.h"
#include "host/task.h"

namespace zdt::host {

/// The one place that all output passes, so that nothing that came from outside does harm where it is shown (base/clean.h).
/// Everything is written at once, unbuffered. What cannot be written to stdout is remembered (output_failure()), and nothing
/// more is written there; with stderr gone nobody is left to tell.
class Terminal {
 public:
  virtual ~Terminal() = default;

  /// Text for people, to stdout and to stderr.
  void write(std::string_view text) { put_text(Channel::kOut, clean(text)); }
  void write_error(std::string_view text) { put_text(Channel::kErr, clean(text)); }
  /// The same with colours, and with sequences that erase and go up, in it. What came from outside is clean() in it already.
  void write_styled(std::string_view text) { put_text(Channel::kOut, clean_but_styled(text)); }
  void write_error_styled(std::string_view text) { put_text(Channel::kErr, clean_but_styled(text)); }
  /// From now on text has only ASCII characters: signs of ours become what they look like (base/ascii.h), all others "?".
  /// JSON stays UTF-8, as it has to be.
  void use_ascii(bool ascii) { ascii_ = ascii; }
  /// JSON to stdout, with a newline. Bytes that are not UTF-8 become U+FFFD.   indent  -1: one line.
  void write_json(const json& document, int indent = 2);
  /// JSON to stdout that is text already, newline included.
  void write_json_text(std::string_view document);

  /// Why not everything could be written to stdout: kEnvironment; nothing while it could.
  std::optional<Error> output_failure();
  /// Whether nothing arrives any more: what goes on for ever may end.
  bool output_failed() const { return output_errno_ != 0; }
  /// Whether that is because its reader has gone, as `| head` does.
  bool reader_left() const;

  virtual bool output_is_terminal() const = 0;
  virtual bool input_is_terminal() const = 0;
  /// 80 when unknown.
  virtual int columns() const = 0;
  /// The next key as typed (host/key_queue.h), without echo; nothing at the end of input.
  virtual Task<std::optional<std::string>> read_key() = 0;
  /// Forgets what was typed and not read yet: it was not meant for the question that follows.
  virtual void forget_keys() {}
  /// While the value lives keys are kept for read_key(), and none is echoed into the output. The terminal has its modes back
  /// after it, and whenever the process ends or stops: also by a signal or a crash (but for SIGKILL).
  virtual std::shared_ptr<void> hold_keys() { return nullptr; }
  /// While the value lives the terminal has its own modes, for a program that the person uses.
  virtual std::shared_ptr<void> lend() { return nullptr; }

 protected:
  enum class Channel { kOut, kErr };
  /// Writes the bytes as they are; an errno when they could not be, else 0.
  virtual int put(Channel channel, std::string_view bytes) = 0;
  /// Whether what was written to stdout has arrived where it should: an errno, else 0.
  virtual int flush_output() { return 0; }

 private:
  void put_text(Channel channel, std::string_view text);
  void put_out(std::string_view bytes);
  CommandBreaker out_, err_;
  int output_errno_ = 0;
  bool ascii_ = false;
};

/// Gives the terminal its own modes back, should they be changed. Async-signal-safe.
void restore_terminal_mode() noexcept;

/// The process's own standard streams. Terminal modes are restored with the object.
std::unique_ptr<Terminal> real_terminal(asio::io_context& loop);

/// Before anything else is opened: a standard stream that is closed becomes one that reads nothing, or (stdout) one that
/// cannot be written to. Else a file that is opened later would have its number, and get what is meant for the stream.
void open_standard_streams();

/// What the log says (spdlog) goes to stderr, as harmless as write_error().
void log_to_stderr();

}  // namespace zdt::host
