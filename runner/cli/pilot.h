// `--step`: a person decides with one key before each step.
#pragma once
#include "host/host.h"
#include "stage/engine.h"

namespace zdt::cli {

/// Enter or Space next · - or b back · + or s skip · r retry · g goto · n notes · ! shell · ? help · Q quit.
/// It writes to stderr: stdout belongs to the run's output, which may be one document.
/// stepping  ask before each step.   on_failure  ask after a failed one.
class KeyPilot : public stage::Pilot {
 public:
  KeyPilot(host::Host& host, bool stepping, bool on_failure) : host_(host), stepping_(stepping), on_failure_(on_failure) {}
  bool asks() const override { return stepping_ || on_failure_; }
  Task<stage::Choice> before(const stage::Step& step, size_t index, size_t total) override;
  Task<stage::Choice> after_failure(const stage::Step& step, const Error& error) override;

 private:
  Task<stage::Choice> ask(const stage::Step& step, stage::Decision enter);
  Task<std::string> read_line(std::string prompt);
  Task<void> open_shell();
  host::Host& host_;
  bool stepping_, on_failure_;
};

}  // namespace zdt::cli
