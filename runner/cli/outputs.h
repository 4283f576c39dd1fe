// The sinks of a run that the command line asked for.
#pragma once
#include "cli/run_request.h"
#include "host/host.h"
#include "report/json_document.h"
#include "report/junit.h"
#include "report/ndjson.h"
#include "report/quiet.h"
#include "report/terminal_view.h"

namespace zdt::cli {

class Outputs {
 public:
  /// Fails kUsage: a --report that is neither junit=PATH nor json=PATH, or whose folder is missing; kEnvironment: one that
  /// cannot be written.
  static Result<std::unique_ptr<Outputs>> make(host::Host& host, const RunRequest& request);

  void attach(stage::Bus& bus);
  /// Once a second while it lives: keeps the live line moving.
  Task<void> tick();
  /// A question to a person is open (true), or answered: lines of the text output wait meanwhile.
  void hold(bool open);
  /// On every way out: the last line on stdout, and every report file. outside  what ended the program other than a run.
  /// Fails kEnvironment when reports cannot be written, and names each.
  Result<void> finish(const std::optional<Error>& outside);

 private:
  explicit Outputs(host::Host& host) : host_(host) {}
  host::Host& host_;
  std::unique_ptr<report::TerminalView> text_;
  std::unique_ptr<report::JsonDocument> json_;
  std::unique_ptr<report::Ndjson> ndjson_;
  std::unique_ptr<report::Quiet> quiet_;
  std::vector<std::pair<std::string, std::unique_ptr<report::Junit>>> junit_files_;
  std::vector<std::pair<std::string, std::unique_ptr<report::JsonDocument>>> json_files_;
};

}  // namespace zdt::cli
