// How long a shell's script lasts: the sum of its pauses, along every way through it.
#pragma once
#include <map>

#include "audit/hook.h"
#include "audit/shell.h"

namespace zdt::audit {

/// least  at least this long.   most  at most; nothing: unknown.
struct Span {
  milliseconds least{0};
  std::optional<milliseconds> most = milliseconds(0);
};

/// How a command may end, and how long it took then. Absent: it never ends so.   gone  it ended the script (exit, exec).
struct Ending {
  std::optional<Span> ok, failed, gone;
};

/// Estimates one script and what it starts. Never fails: what cannot be read is named by `unread`.
class ScriptTime {
 public:
  /// text_of  the text of a file in the container, where it is known.
  using FileText = std::function<std::optional<std::string>(const std::string&)>;
  ScriptTime(const Environment& env, FileText text_of) : env_(env), text_of_(std::move(text_of)) {}

  HookLength of_script(std::string_view script);
  /// A program with its arguments, started without a shell.
  HookLength of_program(const std::vector<std::string>& words);

 private:
  friend class ScriptParser;
  Ending run(const std::vector<std::string>& words);
  /// run, within the limits of how much starts what.
  Ending started(const std::vector<std::string>& words);
  Ending run_shell(const std::vector<std::string>& words);
  Ending run_timeout(const std::vector<std::string>& words);
  Ending run_interpreter(const std::vector<std::string>& words);
  Ending run_known(const std::vector<std::string>& words);
  Ending script(std::string_view text);
  Ending paused(std::optional<milliseconds> time, const std::vector<std::string>& words);
  Ending unread(const std::string& program);
  void assign(const std::string& word);
  /// The word with its variables; nothing when it depends on what is only known later.
  std::optional<std::string> expanded(const std::string& word) const;
  std::optional<std::string> value_of(const std::string& name) const;
  HookLength length(const Ending& ending) const;

  const Environment& env_;
  FileText text_of_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, Ending> functions_;
  std::optional<milliseconds> limit_;
  std::optional<Span> background_;
  std::string unread_;
  bool waits_ = false, in_script_ = false;
  int depth_ = 0;
  size_t starts_ = 0;
};

Span sum_of(const Span& a, const Span& b);
std::optional<Span> either_of(const std::optional<Span>& a, const std::optional<Span>& b);
/// a, and then b whatever became of a.
Ending followed_by(const Ending& a, const Ending& b);

/// A text's pause, as a shell's sleep takes it: seconds with an optional s, m, h or d.
std::optional<milliseconds> sleep_time(const std::string& text);

}  // namespace zdt::audit
