#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include "base/ascii.h"
#include "base/text.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/load.h"
#include "cli/machine_commands.h"
#include "cli/plan.h"
#include "cli/runs.h"
#include "report/json_document.h"
#include "stage/runs.h"

namespace zdt::cli {
namespace {

constexpr const char* kVersion = "zdt-demo 0.1.0";

/// Everything that the command line can say; the options write into it.
struct Parsed {
  CLI::App app{"Shows, with measurements, that a Kubernetes system can change without losing a request.", "zdt-demo"};
  RunRequest request;
  WatchRequest watch;
  MachineRequests machine;
  AuditRequest audit;
  LoadRequest load;
  std::string run_id, folder;
  uint16_t port = 0;
  bool allow_privileged = false;
  size_t keep = stage::kKeptRuns;
  std::string sync_delay = "1s";
  bool as_json = false, commands = false, attached = false;
};

/// CLI11 puts the option's name before the sentence.
std::string refused_variable(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const bool good = equals != 0 && equals != std::string::npos;
  return good ? "" : fmt::format("want K=V, got \"{}\"", assignment);
}

void add_run_options(CLI::App& command, RunRequest& request) {
  command.add_option("--on", request.on, "rehearsal, kind, context:NAME or auto")->capture_default_str();
  command.add_option("--kubeconfig", request.kubeconfig, "instead of $KUBECONFIG or ~/.kube/config");
  command.add_option("--kind-config", request.kind_config, "what a Kind cluster is made from, instead of manifests/kind-config.yaml");
  command.add_option("--allow-context", request.allow_context, "the context that this run may change without a question");
  command.add_option("-o,--output", request.output, "text, json, ndjson or quiet")
      ->check(CLI::IsMember({"text", "json", "ndjson", "quiet"}))
      ->capture_default_str();
  command.add_option("--report", request.reports, "junit=PATH or json=PATH; may be repeated")->allow_extra_args(false);
  command.add_option("--report-granularity", request.granularity, "step or assertion")
      ->check(CLI::IsMember({"step", "assertion"}))
      ->capture_default_str();
  command.add_option("--color", request.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command.add_option("--timeout", request.timeout, "the longest that a step may take (10m)");
  command.add_option("--patience", request.patience, "how long a cause that does not pass by itself may hold up a wait (1m)");
  command.add_option("-e,--env", request.env, "K=V, a variable for what the script starts; may be repeated")
      ->check(CLI::Validator(refused_variable, ""))
      ->allow_extra_args(false);
  command.add_option("--bundle", request.bundle, "take images, charts and manifests from this file (zdt-demo bundle)");
  command.add_flag("--step", request.step, "one key per step");
  command.add_flag("--ci", request.ci, "no questions, no colour, no live line");
  command.add_flag("--keep", request.keep, "no clean-up at the end");
  command.add_flag("--fail-fast", request.fail_fast, "a failure stops the steps that run beside it");
  command.add_flag("--pause-on-failure", request.pause_on_failure, "ask for a key when a step fails");
  command.add_flag("--wait", request.wait, "for the end of another run on this cluster; --wait=TIME: at most so long");
  command.add_flag("--steal", request.steal, "take the cluster over from another run, which then ends");
}

/// Flags for parameters that deploy-all has: a script without them refuses them as it refuses any unknown --set.
void add_shorthands(CLI::App& command, RunRequest& request) {
  std::vector<std::string>& set = request.set;
  command.add_flag_callback("--gateway", [&set] { set.push_back("gateway=yes"); }, "the same as --set gateway=yes");
  command.add_flag_callback("--forward", [&set] { set.push_back("forward=true"); }, "the same as --set forward=true");
  command.add_option_function<std::string>(
      "--registry", [&set](const std::string& name) { set.push_back("registry=" + name); }, "the same as --set registry=REF");
}

void add_run_command(Parsed& parsed) {
  CLI::App& command = *parsed.app.add_subcommand("run", "run a script");
  RunRequest& request = parsed.request;
  command.add_option("script", request.script, "a name that `zdt-demo list` shows")->required();
  command.add_option("--set", request.set, "a parameter: name=value; may be repeated")->allow_extra_args(false);
  add_shorthands(command, request);
  command.add_option("--set-file", request.set_file, "a parameter from a file: name=path")->allow_extra_args(false);
  command.add_option("--from", request.from, "the first step to run");
  command.add_option("--until", request.until, "the last step to run");
  command.add_option("--only", request.only, "globs over step ids, separated by commas");
  command.add_option("--skip", request.skip, "globs over step ids, separated by commas");
  command.add_flag("--restart", request.restart, "give the script's newest unfinished run up, and begin anew");
  command.add_flag("--list", request.list, "show the steps, run nothing");
  command.add_flag("--dry-run", request.dry_run, "show every command and API call that the steps would make, make none");
  command.add_flag("--recreate", request.recreate, "remove a cluster of ours that exists, and make it anew");
  add_run_options(command, request);
}

void add_show_command(Parsed& parsed) {
  CLI::App& show = *parsed.app.add_subcommand("show", "a script's steps, without running any");
  RunRequest& request = parsed.request;
  show.add_option("script", request.script)->required();
  show.add_flag("--json", parsed.as_json, "as JSON");
  show.add_flag("--commands", parsed.commands, "every command and API call that the steps would make");
  show.add_option("--on", request.on, "with --commands: rehearsal, kind, context:NAME or auto")->capture_default_str();
  show.add_option("--set", request.set, "with --commands: a parameter, name=value; may be repeated")->allow_extra_args(false);
  show.add_option("-o,--output", request.output, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

void add_watch_command(Parsed& parsed) {
  CLI::App& command = *parsed.app.add_subcommand("watch", "the tree of a rollout, until it is Healthy or Degraded");
  WatchRequest& request = parsed.watch;
  command.add_option("name", request.name, "NAME or NAMESPACE/NAME (default: the only one)");
  command.add_option("--on", request.on, "rehearsal, kind, context:NAME or auto")->capture_default_str();
  command.add_option("--kubeconfig", request.kubeconfig, "instead of $KUBECONFIG or ~/.kube/config");
  command.add_option("-n,--namespace", request.ns, "instead of the context's");
  command.add_option("--timeout", request.timeout, "how long to watch at most")->capture_default_str();
  command.add_option("-o,--output", request.output, "text, json or ndjson")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
}

void add_cluster_command(Parsed& parsed) {
  CLI::App& command = *parsed.app.add_subcommand("cluster", "the rehearsal cluster by hand");
  command.require_subcommand(1);
  CLI::App& up = *command.add_subcommand("up", "start it");
  up.add_option("--port", parsed.port, "of its API on 127.0.0.1 (default: any free one)");
  up.add_option("--sync-delay", parsed.sync_delay, "how long Services lag behind their endpoints")->capture_default_str();
  up.add_flag("--allow-privileged", parsed.allow_privileged, "run privileged containers, which may do what root of this machine may");
  command.add_subcommand("down", "end it; leaves nothing");
  CLI::App& status = *command.add_subcommand("status", "whether it runs, and where");
  status.add_flag("--json", parsed.as_json, "as JSON");
  command.add_subcommand("env", "the line that points kubectl at it");
  CLI::App& serve = *command.add_subcommand("serve", "")->group("");
  serve.add_option("--folder", parsed.folder)->required();
  serve.add_option("--port", parsed.port);
  serve.add_option("--sync-delay", parsed.sync_delay);
  serve.add_flag("--attached", parsed.attached);
  serve.add_flag("--allow-privileged", parsed.allow_privileged);
}

void add_runs_command(Parsed& parsed) {
  CLI::App& command = *parsed.app.add_subcommand("runs", "the runs that this machine remembers");
  command.add_flag("--json", parsed.as_json, "as JSON");
  CLI::App& prune = *command.add_subcommand("prune", "remove the old ones, as each run does at its end");
  prune.add_option("--keep", parsed.keep, "how many of the newest stay")->check(CLI::NonNegativeNumber)->capture_default_str();
}

void add_commands(Parsed& parsed) {
  parsed.app.require_subcommand(1);
  parsed.app.set_version_flag("--version", kVersion);
  parsed.app.add_subcommand("list", "the scripts")->add_flag("--json", parsed.as_json, "as JSON");
  add_show_command(parsed);
  add_run_command(parsed);
  CLI::App& resume = *parsed.app.add_subcommand("resume", "go on with a run that did not finish");
  resume.add_option("run", parsed.run_id, "its id (default: the newest unfinished one)");
  add_run_options(resume, parsed.request);
  add_runs_command(parsed);
  add_watch_command(parsed);
  add_audit_command(parsed.app, parsed.audit);
  add_load_command(parsed.app, parsed.load);
  add_cluster_command(parsed);
  add_machine_commands(parsed.app, parsed.machine);
}

std::vector<std::string> known_words(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* sub : command.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); })) {
    words.push_back(sub->get_name());
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.push_back("-" + name);
  }
  return words;
}

/// CLI11's sentence, with the nearest known word for one that it does not know.
Error usage_error(const CLI::App& app, const CLI::ParseError& failure, const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const auto words = known_words(*command);
  Error error{Code::kUsage, failure.what(), fmt::format("{} --help", command == &app ? "zdt-demo" : "zdt-demo " + command->get_name())};
  for (const std::string& argument : arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool expected = command->get_subcommands([](const CLI::App*) { return true; }).empty() ? word.starts_with("-") : true;
    if (!expected || std::find(words.begin(), words.end(), word) != words.end()) continue;
    if (command != &app && word == command->get_name()) continue;
    const std::string near = nearest(word, words);
    if (near.empty()) continue;
    error.what = fmt::format("{} is unknown", word);
    error.hint = fmt::format("did you mean {}?", near);
    return error;
  }
  return error;
}

int dispatch_cluster(host::Host& host, Parsed& parsed) {
  const CLI::App& command = *parsed.app.get_subcommand("cluster");
  auto sync_delay = parse_duration(parsed.sync_delay);
  if (!sync_delay) return report_error(host.terminal, with_context("--sync-delay", sync_delay.error()));
  const cluster::RehearsalOptions options{parsed.port, *sync_delay, parsed.allow_privileged};
  if (command.got_subcommand("up")) return run_on_loop(host, cluster_up(host, options));
  if (command.got_subcommand("down")) return run_on_loop(host, cluster_down(host));
  if (command.got_subcommand("status")) return run_on_loop(host, cluster_status(host, parsed.as_json));
  if (command.got_subcommand("env")) return cluster_env(host);
  return cluster::serve_rehearsal(host, parsed.folder, options, parsed.attached);
}

/// Whether the arguments, though wrong, ask for a JSON document.
bool wants_json(const std::vector<std::string>& arguments) {
  if (arguments.empty() || (arguments[0] != "run" && arguments[0] != "resume" && arguments[0] != "load")) return false;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "-ojson" || word == "--output=json") return true;
    if (word == "json" && (arguments[i - 1] == "-o" || arguments[i - 1] == "--output")) return true;
  }
  return false;
}

/// A run that ends in an exception before it could begin still says so on every output.
int run_or_refuse(host::Host& host, const RunRequest& request, Task<int> task) {
  try {
    return run_on_loop(host, std::move(task));
  } catch (const std::exception& failure) {
    return refuse(host, request, {Code::kEnvironment, fmt::format("internal error: {}", failure.what()), ""});
  }
}

int dispatch_show(host::Host& host, Parsed& parsed) {
  RunRequest& request = parsed.request;
  if (parsed.as_json) request.output = "json";
  if (parsed.commands) return run_or_refuse(host, request, show_plan(host, request));
  return run_on_loop(host, show_script(host, request.script, request.output == "json"));
}

int dispatch_runs(host::Host& host, const Parsed& parsed) {
  const bool prune = parsed.app.get_subcommand("runs")->got_subcommand("prune");
  return prune ? prune_runs(host, parsed.keep) : list_runs(host, parsed.as_json);
}

int dispatch(host::Host& host, Parsed& parsed) {
  const CLI::App& app = parsed.app;
  if (app.got_subcommand("list")) return run_on_loop(host, list_scripts(host, parsed.as_json));
  if (app.got_subcommand("show")) return dispatch_show(host, parsed);
  if (app.got_subcommand("run")) return run_or_refuse(host, parsed.request, run_script(host, parsed.request));
  if (app.got_subcommand("resume")) {
    return run_or_refuse(host, parsed.request, resume_run(host, parsed.run_id, parsed.request));
  }
  if (app.got_subcommand("runs")) return dispatch_runs(host, parsed);
  if (app.got_subcommand("watch")) return run_on_loop(host, watch_rollout(host, parsed.watch));
  if (app.got_subcommand("audit")) return run_on_loop(host, run_audit(host, parsed.audit));
  if (app.got_subcommand("load")) return run_on_loop(host, run_load(host, parsed.load));
  if (auto code = dispatch_machine(host, app, parsed.machine)) return *code;
  return dispatch_cluster(host, parsed);
}

}  // namespace

int report_error(host::Terminal& terminal, const Error& error) {
  terminal.write_error("zdt-demo: " + error.what + "\n");
  if (!error.hint.empty()) terminal.write_error("  next: " + error.hint + "\n");
  return exit_code_of(error.code);
}

int run_on_loop(host::Host& host, Task<int> task) {
  int code = 3;
  std::exception_ptr failure;
  asio::co_spawn(host.loop, std::move(task), [&](std::exception_ptr thrown, int result) {
    failure = thrown;
    code = result;
    host.loop.stop();
  });
  host.loop.restart();
  host.loop.run();
  if (failure) std::rethrow_exception(failure);
  return code;
}

namespace {

/// 128 + SIGPIPE, which is how a shell tells of a program whose reader left.
constexpr int kReaderLeft = 141;

/// What was to be printed and could not be makes the program fall short, unless something happened that counts more.
int with_output_checked(host::Terminal& terminal, int code) {
  const auto failure = terminal.output_failure();
  if (!failure) return code;
  if (terminal.reader_left()) return code == 0 ? kReaderLeft : code;
  const int own = report_error(terminal, *failure);
  const bool counts_more = code == exit_code_of(Code::kScript) || code == exit_code_of(Code::kCancelled);
  return counts_more ? code : own;
}

int parse_and_run(host::Host& host, std::vector<std::string> arguments) {
  Parsed parsed;
  add_commands(parsed);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    parsed.app.parse(reversed);
  } catch (const CLI::Success& wanted) {  // --help, --version
    std::ostringstream text, none;
    parsed.app.exit(wanted, text, none);
    host.terminal.write(text.str());
    return 0;
  } catch (const CLI::ParseError& failure) {
    const Error error = usage_error(parsed.app, failure, arguments);
    if (wants_json(arguments)) host.terminal.write_json_text(report::JsonDocument().finish(error));
    return report_error(host.terminal, error);
  }
  return dispatch(host, parsed);
}

}  // namespace

int run_command_line(host::Host& host, std::vector<std::string> arguments) {
  host.terminal.use_ascii(!shows_utf8(host.environment));
  return with_output_checked(host.terminal, parse_and_run(host, std::move(arguments)));
}

}  // namespace zdt::cli
