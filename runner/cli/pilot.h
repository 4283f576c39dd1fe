// `--step`: a person decides with one key before each step.
#pragma once
#include "host/host.h"
#include "stage/engine.h"

namespace zdt::cli {

/// stepping    ask before each step.   on_failure  ask after a failed one.
/// asking      told true when a question is shown and false when it is answered: between the two nothing else is printed, so that
///             the question stays the last thing on the screen. Null: not reported.
/// open_shell  what `!` does. Null: nothing.
struct Piloting {
  bool stepping = false, on_failure = false;
  std::function<void(bool)> asking;
  std::function<Task<void>()> open_shell;
};

/// Enter, Space, Right or PageDown next · -, b, Left or PageUp back · + or s skip · r retry · g goto · n notes · ! shell · ? help ·
/// Q quit. It writes to stderr: stdout belongs to the run's output, which may be one document.
/// Keys that are typed while nobody asks are dropped.
class KeyPilot : public stage::Pilot {
 public:
  KeyPilot(host::Host& host, Piloting piloting) : host_(host), piloting_(std::move(piloting)) {}
  bool asks() const override { return piloting_.stepping || piloting_.on_failure; }
  Task<stage::Choice> before(const stage::Step& step, size_t index, size_t total) override;
  Task<stage::Choice> after_failure(const stage::Step& step, const Error& error) override;

 private:
  Task<stage::Choice> ask(std::string question, const stage::Step& step, stage::Decision enter);
  Task<std::optional<stage::Choice>> follow(const std::string& key, const stage::Step& step, stage::Decision enter);
  Task<std::string> read_line(std::string prompt);
  Task<void> open_shell();
  host::Host& host_;
  Piloting piloting_;
};

/// Whether what was asked for needs a person, and there is one: --step and --pause-on-failure read keys from standard input.
/// Fails kUsage.
Result<void> check_for_person(const host::Host& host, bool step, bool pause_on_failure, bool ci);

}  // namespace zdt::cli
