#include "cli/audit.h"

#include "audit/fixes.h"
#include "base/json_limits.h"
#include "base/text.h"
#include "cli/audit_input.h"
#include "cli/cli.h"
#include "report/colour.h"
#include "report/text.h"

namespace zdt::cli {
namespace {

/// The request's words as values.
struct AuditChoice {
  audit::Options options;
  audit::Level level = audit::Level::kWarning;
};

Result<AuditChoice> choice_of(const AuditRequest& request) {
  if (request.paths.empty() == request.on.empty()) {
    return Error{Code::kUsage, "audit wants either a PATH or --on TARGET", "zdt-demo audit --help"};
  }
  AuditChoice choice;
  choice.level = audit::level_named(request.level).value_or(choice.level);
  auto sync = parse_duration(request.endpoint_sync);
  if (!sync) return with_context("--endpoint-sync", sync.error());
  choice.options.endpoint_sync = *sync;
  if (request.longest_request.empty()) return choice;
  auto longest = parse_duration(request.longest_request);
  if (!longest) return with_context("--longest-request", longest.error());
  choice.options.longest_request = *longest;
  return choice;
}

/// Before anything is read: the folder of --fix must be new or empty.
Result<void> check_fix_folder(const std::string& folder) {
  std::error_code none;
  const bool free = folder.empty() || !host::fs::exists(folder, none) ||
                    (host::fs::is_directory(folder, none) && host::fs::is_empty(folder, none));
  if (free) return Result<void>();
  return Error{Code::kUsage, fmt::format("--fix {}: it is there already, and not empty", folder),
               "a folder that does not exist yet"};
}

/// What --fix did, for the outputs.
struct Written {
  std::vector<std::string> files;
  size_t left = 0;
};

Result<Written> write_fixes(const AuditInput& read, const AuditChoice& choice, const std::string& folder) {
  const std::string twice = read.base.empty() ? audit::twice_in_one_file(read.input) : "";
  if (!twice.empty())
    return Error{Code::kUsage, fmt::format("--fix {}: {} is there twice, and kustomize takes an object once", folder, twice),
                 "one of the two"};
  const auto fixes = audit::make_fixes(read.input, choice.options, choice.level);
  const host::fs::path target = host::fs::absolute(folder);
  std::string base;
  if (!read.base.empty()) {
    base = host::fs::relative(host::fs::canonical(read.base), host::fs::weakly_canonical(target)).string();
  }
  Written written;
  written.left = fixes.left.size();
  if (fixes.patches.empty() && fixes.dockerfiles.empty()) return written;
  for (const audit::FixFile& file : audit::overlay_of(read.input, fixes, base)) {
    auto done = host::write_file(target / file.name, file.content, 0644);
    if (!done) return done.error();
    written.files.push_back(file.name);
  }
  return written;
}

std::string written_text(const Written& written, const std::string& folder) {
  const std::string left =
      fmt::format("{} finding{} left for a person", written.left, written.left == 1 ? "" : "s");
  if (written.files.empty()) return fmt::format("nothing to fix by machine, {}\n", left);
  return fmt::format("{}: {}; {}\n", folder, join(written.files, ", "), left);
}

audit::Marks marks_of(const host::Host& host) {
  const auto style = report::decide_style(report::ColourFlag::kAuto, host.environment,
                                          host.terminal.output_is_terminal(), host.terminal.columns());
  return {report::mark(style, report::Mark::kFailed), report::mark(style, report::Mark::kWarning),
          report::mark(style, report::Mark::kObserved)};
}

void show(host::Host& host, const AuditRequest& request, const audit::Outcome& outcome,
          const std::optional<Written>& written) {
  const std::string fixed = written ? written_text(*written, request.fix) : "";
  if (request.output == "sarif") host.terminal.write_json(audit::sarif_of(outcome));
  if (request.output == "text") host.terminal.write_styled(audit::text_of(outcome, marks_of(host)) + one_line(fixed) + (fixed.empty() ? "" : "\n"));
  if (request.output == "quiet") host.terminal.write(audit::summary_of(outcome) + "\n");
  if (request.output != "json") return;
  json document = audit::document_of(outcome);
  if (written)
    document["fix"] = {{"folder", request.fix}, {"files", written->files}, {"left", written->left}};
  host.terminal.write_json(document);
}

/// That nothing was found in nothing would be read as praise.
Error nothing_to_judge(const AuditInput& read, const audit::Coverage& coverage) {
  if (!read.broken.empty()) return read.broken.front();
  std::vector<std::string> names;
  size_t objects = 0;
  for (const audit::Source& source : read.sources) {
    names.push_back(source.name);
    objects += source.objects;
  }
  std::string what = fmt::format("{}: nothing to judge: no pod, no object with a pod template and no Dockerfile among {} object{}",
                                 join(names, ", "), objects, objects == 1 ? "" : "s");
  if (!coverage.kinds.empty()) what += fmt::format(" (not judged: {})", coverage.kinds_text());
  if (!coverage.unread.empty()) what += "; not read: " + join(coverage.unread, "; ");
  return {Code::kEnvironment, excerpt(what), "name the folder or file that has the Deployments, or the Dockerfile"};
}

/// With -o json, and sarif's readers get nothing but SARIF.
int refuse_audit(host::Host& host, const AuditRequest& request, const Error& error) {
  if (request.output == "json") {
    host.terminal.write_json({{"version", 1},
                              {"outcome", name_of(error.code)},
                              {"error", {{"code", name_of(error.code)}, {"what", error.what}, {"hint", error.hint}}}});
  }
  return report_error(host.terminal, error);
}

}  // namespace

void add_audit_command(CLI::App& app, AuditRequest& request) {
  CLI::App& command = *app.add_subcommand(
      "audit", "what manifests, Dockerfiles or a cluster's objects would lose requests by");
  command.add_option("path", request.paths,
                     "kustomize folder, folder of YAML files, YAML file, Dockerfile; several are one system");
  command.add_option("--on", request.on,
                     "instead: the live objects of rehearsal, kind, context:NAME or auto");
  command.add_option("--kubeconfig", request.kubeconfig, "instead of $KUBECONFIG or ~/.kube/config");
  command.add_option("-n,--namespace", request.ns, "with --on: instead of the context's");
  command.add_flag("-A,--all-namespaces", request.all_namespaces, "with --on: all but Kubernetes' own");
  command.add_option("--level", request.level, "what counts: note, warning or error")
      ->check(CLI::IsMember({"note", "warning", "error"}))
      ->capture_default_str();
  command.add_option("--fix", request.fix, "write an overlay of patches to this new folder");
  command
      .add_option("--endpoint-sync", request.endpoint_sync,
                  "how long proxies may go on choosing a pod that ends")
      ->capture_default_str();
  command.add_option("--longest-request", request.longest_request,
                     "what must end within the grace period (default: what the pod says, else 10s)");
  command.add_option("-o,--output", request.output, "text, json, sarif or quiet")
      ->check(CLI::IsMember({"text", "json", "sarif", "quiet"}))
      ->capture_default_str();
}

Task<int> run_audit(host::Host& host, AuditRequest request) {
  auto choice = choice_of(request);
  if (!choice) co_return refuse_audit(host, request, choice.error());
  auto free = check_fix_folder(request.fix);
  if (!free) co_return refuse_audit(host, request, free.error());
  auto read = co_await read_audit_input(host, request);
  if (!read) co_return refuse_audit(host, request, read.error());
  audit::Coverage coverage = audit::coverage_of(read->input);
  coverage.unread.insert(coverage.unread.end(), read->unread.begin(), read->unread.end());
  auto findings = audit::audit(read->input, choice->options);
  if (findings.empty() && coverage.judged == 0) co_return refuse_audit(host, request, nothing_to_judge(*read, coverage));
  const auto outcome =
      audit::outcome_of(read->sources, choice->options, choice->level, std::move(findings), std::move(coverage));
  std::optional<Written> written;
  if (!request.fix.empty()) {
    auto done = write_fixes(*read, *choice, request.fix);
    if (!done) co_return refuse_audit(host, request, done.error());
    written = std::move(*done);
  }
  show(host, request, outcome, written);
  if (!read->broken.empty()) co_return report_error(host.terminal, read->broken.front());
  co_return outcome.findings.empty() ? 0 : 1;
}

}  // namespace zdt::cli
