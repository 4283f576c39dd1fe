#include "cli/outputs.h"

#include "host/user_file.h"

namespace zdt::cli {
namespace {

report::TerminalStyle style_for(const host::Host& host, const RunRequest& request) {
  auto flag = report::parse_colour_flag(request.colour);
  const bool terminal = host.terminal.output_is_terminal() && !request.ci;
  auto style = report::decide_style(flag ? *flag : report::ColourFlag::kAuto, host.environment, terminal,
                                    host.terminal.columns());
  if (request.ci || request.step) style.rewrite = false;
  return style;
}

/// One error that names everything that went wrong.
void add_to(std::optional<Error>& failure, const Error& more) {
  if (failure) failure->what += "; " + more.what;
  if (!failure) failure = more;
}

}  // namespace

Result<std::unique_ptr<Outputs>> Outputs::make(host::Host& host, const RunRequest& request) {
  std::unique_ptr<Outputs> outputs(new Outputs(host));
  if (request.output == "text") outputs->text_ = std::make_unique<report::TerminalView>(host.terminal, style_for(host, request));
  if (request.output == "json") outputs->json_ = std::make_unique<report::JsonDocument>();
  if (request.output == "ndjson") outputs->ndjson_ = std::make_unique<report::Ndjson>(host.terminal);
  if (request.output == "quiet") outputs->quiet_ = std::make_unique<report::Quiet>(host.terminal);
  auto granularity = report::parse_granularity(request.granularity);
  if (!granularity) return granularity.error();
  std::optional<Error> refused;  // all that cannot be written, in one error
  for (const std::string& wanted : request.reports) {
    const size_t equals = wanted.find('=');
    const std::string kind = wanted.substr(0, equals), path = equals == std::string::npos ? "" : wanted.substr(equals + 1);
    if (path.empty() || (kind != "junit" && kind != "json")) {
      return Error{Code::kUsage, fmt::format("--report {}: no such report", wanted), "--report junit=PATH or json=PATH"};
    }
    auto writable = host::check_user_file(path);
    if (!writable) add_to(refused, with_context("--report " + wanted, writable.error()));
    if (kind == "junit") outputs->junit_files_.emplace_back(path, std::make_unique<report::Junit>(*granularity));
    if (kind == "json") outputs->json_files_.emplace_back(path, std::make_unique<report::JsonDocument>());
  }
  if (refused) return *refused;
  return outputs;
}

void Outputs::attach(stage::Bus& bus) {
  if (text_) bus.add(*text_);
  if (json_) bus.add(*json_);
  if (ndjson_) bus.add(*ndjson_);
  if (quiet_) bus.add(*quiet_);
  for (auto& [path, sink] : junit_files_) bus.add(*sink);
  for (auto& [path, sink] : json_files_) bus.add(*sink);
}

Task<void> Outputs::tick() {
  while (text_) {
    co_await sleep_for(std::chrono::seconds(1));
    text_->tick(host_.now());
  }
}

void Outputs::hold(bool open) {
  if (text_) text_->hold(open);
}

Result<void> Outputs::finish(const std::optional<Error>& outside) {
  std::optional<Error> failure;
  const auto write = [&failure](const std::string& path, const std::string& content) {
    auto done = host::write_user_file(path, content);
    if (!done) add_to(failure, done.error());
  };
  for (auto& [path, sink] : junit_files_) write(path, sink->finish(outside));
  for (auto& [path, sink] : json_files_) write(path, sink->finish(outside));
  if (text_) text_->finish(outside);
  if (json_) host_.terminal.write_json_text(json_->finish(outside));
  if (quiet_) quiet_->finish(outside);
  if (failure) return *failure;
  return Result<void>();
}

}  // namespace zdt::cli
