// `zdt-demo run all`.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/library.h"
#include "cli/targets.h"
#include "stage/journal.h"
#include "stage/precedence.h"

namespace zdt::cli {
namespace {

constexpr const char* kFirst = "deploy-all";
constexpr const char* kLast = "teardown";

/// Flags that choose among the steps of one script, or that one script's parameters are read from.
Result<void> refuse_what_is_for_one_script(const RunRequest& request) {
  const std::vector<std::pair<const char*, bool>> given{{"--from", !request.from.empty()},   {"--until", !request.until.empty()},
                                                        {"--only", !request.only.empty()},   {"--skip", !request.skip.empty()},
                                                        {"--restart", request.restart},      {"--list", request.list},
                                                        {"--dry-run", request.dry_run},      {"--set-file", !request.set_file.empty()}};
  for (const auto& [flag, is_given] : given) {
    if (is_given) return Error{Code::kUsage, fmt::format("{} is for one script, not for all", flag), "zdt-demo run SCRIPT " + std::string(flag)};
  }
  return {};
}

std::string parameter_of(const std::string& assignment) { return assignment.substr(0, assignment.find('=')); }

/// One of the scripts.   set  the assignments for parameters that it has.
struct Member {
  std::string name;
  std::vector<std::string> set;
};

/// All scripts in the order in which they run, the teardown last. Fails kUsage: a --set that no script knows.
Task<Result<std::vector<Member>>> members(host::Host& host, const RunRequest& request) {
  std::vector<Member> found;
  std::set<std::string> known;
  for (const auto& file : script_files(host)) {
    auto script = co_await script::Script::load(host, nullptr, file);
    if (!script) co_return script.error();
    Member member{file.stem().string(), {}};
    for (const std::string& assignment : request.set) {
      if (!(*script)->declaration().params.contains(parameter_of(assignment))) continue;
      member.set.push_back(assignment);
      known.insert(assignment);
    }
    found.push_back(std::move(member));
  }
  for (const std::string& assignment : request.set) {
    if (!known.contains(assignment)) co_return Error{Code::kUsage, fmt::format("--set {}: no script has a parameter of that name", assignment), "zdt-demo list --json"};
  }
  std::stable_partition(found.begin(), found.end(), [](const Member& member) { return member.name == kFirst; });
  std::stable_partition(found.begin(), found.end(), [](const Member& member) { return member.name != kLast; });
  co_return std::move(found);
}

/// Whether what the scripts run on was there before, so that it is not ours to remove: the cluster, or on a cluster that we
/// do not make what deploy-all deploys.
Task<bool> was_there(host::Host& host, const RunRequest& request, const std::string& target_name) {
  RunRequest asking = request;
  asking.script = kFirst;
  asking.recreate = false;
  auto prepared = co_await prepare(host, asking, target_name, {});
  if (!prepared) co_return true;  // its own run says why; nothing is removed meanwhile
  if (prepared->target->has("create")) {
    auto identity = co_await prepared->target->identity();
    co_return identity.has_value();
  }
  stage::Bus silent(host.now);
  stage::Plan plan = prepared->script->plan(prepared->params);
  auto broken = co_await stage::first_broken_checkpoint(plan, silent);
  co_return !broken;
}

/// What all members share.   lease  of the cluster, for the whole.
struct Whole {
  std::string target;
  std::vector<Member> scripts;
  std::shared_ptr<cluster::RunLease> lease;
  Outputs& outputs;
};

/// One script as a run of its own.
Task<End> run_member(host::Host& host, RunRequest request, const Whole& whole, Member member) {
  request.script = member.name;
  auto prepared = co_await prepare(host, request, whole.target, std::move(member.set));
  if (!prepared) co_return End{prepared.error(), prepared.error()};
  prepared->folder = new_run_folder(host, *prepared);
  prepared->lease = whole.lease;
  End end = co_await execute_into(host, request, std::move(*prepared), whole.outputs);
  co_return end;
}

/// Keeps the failure that counts most. What happened outside of a run ends the reports.
void take_in(End& whole, const End& end) {
  if (end.error && (!whole.error || stage::outweighs(end.error->code, whole.error->code))) whole.error = end.error;
  if (end.outside && !whole.outside) whole.outside = end.outside;
}

bool goes_on(const RunRequest& request, const Member& member, const End& end) {
  if (!end.error) return true;
  return member.name != kFirst && !request.fail_fast && end.error->code != Code::kCancelled;
}

/// stays  what they run on is not removed.
Task<End> run_members(host::Host& host, RunRequest request, const Whole& whole, bool stays) {
  End end;
  bool stopped = false;
  for (const Member& member : whole.scripts) {
    if (member.name == kLast ? stays : stopped) continue;
    const End one = co_await run_member(host, request, whole, member);
    take_in(end, one);
    stopped = stopped || !goes_on(request, member, one);
    if (whole.lease->lost()) break;  // the cluster is another run's now
    request.recreate = false;        // the first has made it anew
  }
  co_return end;
}

}  // namespace

Task<int> run_all(host::Host& host, RunRequest request) {
  auto allowed = refuse_what_is_for_one_script(request);
  if (!allowed) co_return refuse(host, request, allowed.error());
  auto scripts = co_await members(host, request);
  if (!scripts) co_return refuse(host, request, scripts.error());
  auto outputs = Outputs::make(host, request);
  if (!outputs) co_return refuse(host, request, outputs.error());
  const std::string target = chosen_target(host, request.on);
  bool stays = request.keep;
  if (!stays) stays = co_await was_there(host, request, target);

  auto policy = lease_policy(request);
  if (!policy) co_return refuse(host, request, policy.error());
  const std::string id = stage::name_run_folder(host.state, "all", host.now()).filename().string();
  const Whole whole{target, std::move(*scripts), make_lease(host, *policy, id, "all"), **outputs};
  End end;
  try {
    end = co_await run_members(host, request, whole, stays);
  } catch (const std::exception& failure) {
    end.error = end.outside = Error{Code::kEnvironment, fmt::format("internal error: {}", failure.what()), ""};
  }
  co_await whole.lease->release();
  co_return finish(host, request, **outputs, end);
}

}  // namespace zdt::cli
