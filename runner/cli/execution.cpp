#include "cli/execution.h"

#include <spdlog/spdlog.h>

#include "base/text.h"
#include "bundle/bundle.h"
#include "cli/cli.h"
#include "cli/library.h"
#include "cli/machine_commands.h"
#include "cli/outputs.h"
#include "cli/pilot.h"
#include "cli/settling.h"
#include "cli/shell.h"
#include "host/interruption.h"
#include "stage/journal.h"
#include "stage/precedence.h"
#include "stage/runs.h"
#include "stage/selection.h"

namespace zdt::cli {
namespace {

/// y or Y is yes, every other key no.
Task<bool> says_yes(host::Terminal& terminal, std::string question) {
  terminal.forget_keys();
  terminal.write_error(question + " [y/N] ");
  auto key = co_await terminal.read_key();
  terminal.write_error("\n");
  co_return key && (*key == "y" || *key == "Y");
}

/// With --step a person decides about a cluster that exists.
cluster::Recreation recreation_from(host::Host& host, const RunRequest& request) {
  cluster::Recreation recreation{.always = request.recreate, .ask = nullptr};
  if (request.step) {
    recreation.ask = [&host](std::string question) { return says_yes(host.terminal, std::move(question)); };
  }
  return recreation;
}

/// Whether the person at the terminal lets this run change a cluster that is not ours.
Task<Result<void>> ask_for_context(host::Host& host, const RunRequest& request, const cluster::Target& target) {
  const std::string name = target.name();
  if (!name.starts_with("context:")) co_return Result<void>();
  const std::string context = name.substr(8);
  if (request.allow_context == context) co_return Result<void>();
  Error refused{Code::kEnvironment, fmt::format("this run would change the cluster of context \"{}\"", context),
                "--allow-context " + context};
  if (request.ci || !host.terminal.input_is_terminal()) co_return refused;
  const bool allowed = co_await says_yes(host.terminal, fmt::format("This run changes the cluster of context \"{}\". Go on?", context));
  if (allowed) co_return Result<void>();
  co_return refused;
}

/// The step of the script `needed` whose checkpoint does not hold on the live cluster, into `broken`; "": all hold.
Task<stage::Missing> ask_need(host::Host& host, script::Script& needed, std::string& broken) {
  stage::Bus silent(host.now);
  stage::Plan plan = needed.plan(needed.declaration().params);
  auto id = co_await stage::first_broken_checkpoint(plan, silent);
  broken = id.value_or("");
  if (broken.empty()) co_return std::nullopt;
  co_return fmt::format("step \"{}\" of {} does not hold", broken, needed.declaration().name);
}

/// The checkpoints of the scripts that this one needs, asked of the live cluster. A resume asks again while what the run had begun
/// goes on.
Task<Result<void>> check_needs(host::Host& host, Prepared& prepared) {
  const stage::Settling settling = settling_of(host, prepared);
  for (const std::string& needed : prepared.script->declaration().needs) {
    auto file = find_script(host, needed);
    if (!file) co_return file.error();
    auto script = co_await script::Script::load(host, prepared.target.get(), *file);
    if (!script) co_return script.error();
    std::string broken;
    const std::function<Task<stage::Missing>()> question = [&] { return ask_need(host, **script, broken); };
    auto missing = co_await stage::ask_until_settled(settling, question);
    if (missing) {
      co_return Error{Code::kEnvironment,
                      fmt::format("{} needs {}, whose step \"{}\" does not hold on {}", prepared.script->declaration().name,
                                  needed, broken, prepared.target->name()),
                      fmt::format("zdt-demo run {} --on {}", needed, prepared.target->name())};
    }
  }
  co_return Result<void>();
}

/// Ctrl-C: once stops the run cleanly, twice ends the program at once.
Task<void> watch_signals(host::Interruptions& signals, stage::Engine& engine, host::Terminal& terminal) {
  co_await signals.next();
  terminal.write_error("\nstopping (Ctrl-C again ends at once)\n");
  engine.interrupt();
  co_await signals.next();
  host::end_at_once(130, "ended at once");
}

stage::Options options_from(const RunRequest& request, const Prepared& prepared) {
  stage::Options options;
  options.from = request.from;
  options.until = request.until;
  options.only = request.only;
  options.skip = request.skip;
  options.keep = request.keep;
  options.fail_fast = request.fail_fast;
  options.resume = prepared.history;
  options.run_fields = {{"run", prepared.folder.filename().string()},
                        {"target", prepared.target->name()},
                        {"version", "0.1.0"},
                        {"file", prepared.script->declaration().file}};
  for (const auto& [name, value] : {std::pair{"from", &request.from}, {"until", &request.until}, {"only", &request.only}, {"skip", &request.skip}}) {
    if (!value->empty()) options.run_fields[name] = *value;  // a resume runs the same steps
  }
  return options;
}

/// For --restart.
Result<void> give_up_replaced(host::Host& host, const host::fs::path& folder) {
  if (folder.empty()) return {};
  auto given_up = stage::give_up_run(folder, host.now, "restarted");
  if (!given_up) return with_context("--restart", given_up.error());
  host.terminal.write_error(fmt::format("given up: {}\n", folder.filename().string()));
  return {};
}

Piloting piloting_of(host::Host& host, const RunRequest& request, Prepared& prepared, Outputs& outputs) {
  Piloting piloting{request.step, request.pause_on_failure, [&outputs](bool open) { outputs.hold(open); }, nullptr};
  piloting.open_shell = [&host, &prepared] {
    return run_shell(host, *prepared.target, prepared.script->world().shell_environment, prepared.folder);
  };
  return piloting;
}

Task<End> run_plan(host::Host& host, const RunRequest& request, Prepared& prepared, Outputs& outputs) {
  auto allowed = co_await ask_for_context(host, request, *prepared.target);
  if (!allowed) co_return End{allowed.error(), allowed.error()};
  auto entered = co_await prepared.lease->enter(*prepared.target);
  if (!entered) co_return End{entered.error(), entered.error()};
  auto needs = co_await check_needs(host, prepared);
  if (!needs) co_return End{needs.error(), needs.error()};
  stage::Options options = options_from(request, prepared);
  options.settling = settling_of(host, prepared);
  options.settling.grace = milliseconds(0);  // the needs have been waited for
  if (prepared.limit.count() > 0) options.default_limit = prepared.limit;
  auto selected = stage::select_steps(prepared.script->plan(prepared.params), options);
  if (!selected) co_return End{selected.error(), selected.error()};
  auto given_up = give_up_replaced(host, prepared.replaces);
  if (!given_up) co_return End{given_up.error(), given_up.error()};
  if (!request.bundle.empty()) {
    auto bundle = bundle::Bundle::open(request.bundle, prepared.folder / "bundle");
    if (!bundle) co_return End{bundle.error(), bundle.error()};
    const std::string on = prepared.target->name();
    Result<void> complete;
    if (on != "rehearsal") complete = co_await require_complete(host, (*bundle)->index(), on == "kind");
    if (!complete) co_return End{complete.error(), complete.error()};
    prepared.script->world().bundle = *bundle;
    options.run_fields["bundle"] = (*bundle)->file().string();
  }
  auto journal = prepared.history ? stage::Journal::open(prepared.folder) : stage::Journal::begin(prepared.folder);
  if (!journal) co_return End{journal.error(), journal.error()};

  stage::Bus bus(host.now, prepared.last_seq);
  bus.add(**journal);
  outputs.attach(bus);
  KeyPilot pilot(host, piloting_of(host, request, prepared, outputs));
  stage::Engine engine(bus, pilot);
  auto executor = co_await asio::this_coro::executor;
  Background ticking(executor, outputs.tick());
  host::Interruptions interruptions(executor);
  Background signals(executor, watch_signals(interruptions, engine, host.terminal));
  const cluster::RunLease& lease = *prepared.lease;
  if (lease.lost()) co_return End{*lease.lost(), *lease.lost()};
  prepared.lease->on_lost([&engine](const Error& why) { engine.abandon(why); });
  const auto outcome = co_await engine.execute(prepared.script->plan(prepared.params), std::move(options));
  prepared.lease->on_lost({});
  prepared.script->world().recorder = nullptr;
  co_await prepared.script->world().end();
  std::error_code none_taken_out;  // they are in the bundle still
  host::fs::remove_all(prepared.folder / "bundle", none_taken_out);
  auto whole = (*journal)->health();
  if (!whole && (!outcome.error || stage::outweighs(whole.error().code, outcome.error->code))) {
    co_return End{whole.error(), whole.error()};
  }
  co_return End{outcome.error, std::nullopt};
}

}  // namespace

namespace {

/// The last line on stdout has room for one line: the source line below a script's mistake goes before it.
Error headline_of(host::Terminal& terminal, Error error) {
  const size_t end = error.what.find('\n');
  if (end == std::string::npos) return error;
  terminal.write_error(error.what.substr(end + 1) + "\n");
  error.what.resize(end);
  return error;
}

}  // namespace

int refuse(host::Host& host, RunRequest request, const Error& error) {
  auto outputs = Outputs::make(host, request);
  if (!outputs) {  // it was a --report that is wrong
    request.reports.clear();
    outputs = Outputs::make(host, request);
  }
  if (!outputs) return report_error(host.terminal, error);
  auto written = (*outputs)->finish(request.output == "text" ? headline_of(host.terminal, error) : error);
  if (request.output != "text") report_error(host.terminal, error);
  if (!written) report_error(host.terminal, written.error());
  return exit_code_of(error.code);
}

Result<json> checked_params(const RunRequest& request, const script::Declaration& declaration, std::vector<std::string> set) {
  for (const std::string& assignment : request.set_file) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) return Error{Code::kUsage, fmt::format("--set-file {}: want name=path", assignment), ""};
    auto content = host::read_file(assignment.substr(equals + 1));
    if (!content) return Error{Code::kUsage, fmt::format("--set-file {}: {}", assignment, content.error().what), ""};
    set.push_back(assignment.substr(0, equals) + "=" + trim(*content));
  }
  return script::with_values(declaration, set);
}

namespace {

/// assignments  "K=V", as the command line has checked.
std::map<std::string, std::string> variables_from(const std::vector<std::string>& assignments) {
  std::map<std::string, std::string> variables;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  return variables;
}

}  // namespace

Task<Result<Prepared>> prepare(host::Host& host, const RunRequest& request, std::string target, std::vector<std::string> set) {
  Prepared prepared;
  auto policy = lease_policy(request);
  if (!policy) co_return policy.error();
  if (!request.timeout.empty()) {
    auto limit = parse_duration(request.timeout);
    if (!limit) co_return with_context("--timeout", limit.error());
    prepared.limit = *limit;
  }
  auto patience = request.patience.empty() ? Result<milliseconds>(script::World::kPatience) : parse_duration(request.patience);
  if (!patience) co_return with_context("--patience", patience.error());
  if (!request.bundle.empty()) {
    auto index = bundle::read_index(request.bundle);
    if (!index) co_return Error{index.error().code == Code::kNotFound ? Code::kUsage : Code::kEnvironment, "--bundle: " + index.error().what, index.error().hint};
  }
  auto made = cluster::make_target(host, target, cluster::TargetOptions{request.kubeconfig, request.kind_config});
  if (!made) co_return made.error();
  prepared.target = std::move(*made);
  prepared.target->on_existing(recreation_from(host, request));
  auto file = find_script(host, request.script);
  if (!file) co_return file.error();
  auto script = co_await script::Script::load(host, prepared.target.get(), *file);
  if (!script) co_return script.error();
  prepared.script = std::move(*script);
  prepared.script->world().patience = *patience;
  prepared.script->world().shell_environment = variables_from(request.env);
  auto params = checked_params(request, prepared.script->declaration(), std::move(set));
  if (!params) co_return params.error();
  prepared.params = std::move(*params);
  co_return std::move(prepared);
}

namespace {

/// What cannot be removed now is tried again at the end of the next run.
void prune_old_runs(const host::Host& host, const host::fs::path& own) {
  auto removed = stage::prune_runs(host.state, stage::kKeptRuns, own);
  if (!removed) spdlog::warn("old runs stay: {}", removed.error().what);
}

}  // namespace

Task<End> execute_into(host::Host& host, const RunRequest& request, Prepared prepared, Outputs& outputs) {
  End end;
  std::shared_ptr<void> held_keys;
  if (request.step || request.pause_on_failure) held_keys = host.terminal.hold_keys();
  const bool own_lease = !prepared.lease;
  if (own_lease) {
    auto policy = lease_policy(request);
    if (!policy) co_return End{policy.error(), policy.error()};
    prepared.lease = make_lease(host, *policy, prepared.folder.filename().string(), prepared.script->declaration().name);
  }
  try {
    end = co_await run_plan(host, request, prepared, outputs);
  } catch (const std::exception& failure) {
    end.error = end.outside = Error{Code::kEnvironment, fmt::format("internal error: {}", failure.what()), ""};
  }
  prepared.lease->on_lost({});
  prepared.lease->leave();
  if (own_lease) co_await prepared.lease->release();
  prune_old_runs(host, prepared.folder);
  co_return end;
}

int finish(host::Host& host, const RunRequest& request, Outputs& outputs, const End& end) {
  auto written = outputs.finish(end.outside);
  if (end.error && request.output != "text") report_error(host.terminal, *end.error);
  if (!written) report_error(host.terminal, written.error());
  if (!written && (!end.error || stage::outweighs(written.error().code, end.error->code))) {
    return exit_code_of(written.error().code);
  }
  return end.error ? exit_code_of(end.error->code) : 0;
}

Task<int> execute(host::Host& host, const RunRequest& request, Prepared prepared) {
  auto outputs = Outputs::make(host, request);
  if (!outputs) co_return refuse(host, request, outputs.error());
  const End end = co_await execute_into(host, request, std::move(prepared), **outputs);
  co_return finish(host, request, **outputs, end);
}

host::fs::path new_run_folder(const host::Host& host, const Prepared& prepared) {
  return stage::name_run_folder(host.state, prepared.script->declaration().name, host.now());
}

}  // namespace zdt::cli
