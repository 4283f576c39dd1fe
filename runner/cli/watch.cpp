// zdt-demo watch: the tree of a rollout, drawn again at each change, until it is Healthy or Degraded.
#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/targets.h"
#include "cluster/target.h"
#include "kube/rollout_tree.h"

namespace zdt::cli {
namespace {

/// changes  each status that was seen, with its time `at`.   drawn  lines of the last picture on a terminal.
struct Watch {
  host::Host& host;
  const WatchRequest& request;
  json status, changes = json::array();
  std::string picture;
  int drawn = 0;
};

std::string phase_of(const Watch& watch) { return string_at(watch.status, {"phase"}); }

/// Over the last picture, line by line, so that nothing flickers.
void redraw(Watch& watch, const std::string& text) {
  std::string output = watch.drawn > 0 ? fmt::format("\x1b[{}A", watch.drawn) : "";
  const auto lines = split(text.substr(0, text.size() - 1), '\n');
  for (const std::string& line : lines) output += line + "\x1b[K\n";
  watch.host.terminal.write_styled(output + "\x1b[J");
  watch.drawn = static_cast<int>(lines.size());
}

void draw(Watch& watch, const kube::WorkloadView& view) {
  const std::string picture = kube::draw_rollout(view, std::nullopt);
  if (picture == watch.picture) return;
  const bool first = watch.picture.empty(), terminal = watch.host.terminal.output_is_terminal();
  watch.picture = picture;
  const std::string text =
      clean(kube::draw_rollout(view, watch.host.now(), terminal ? watch.host.terminal.columns() : 0));
  if (terminal) {
    redraw(watch, text);
  } else {
    watch.host.terminal.write((first ? "" : "\n") + text);
  }
}

void note(Watch& watch, const json& status) {
  if (status == watch.status) return;
  watch.status = status;
  json change = status;
  change["at"] = format_time_ms(watch.host.now());
  if (watch.request.output == "ndjson") watch.host.terminal.write_json(change, -1);
  watch.changes.push_back(std::move(change));
}

Task<Result<bool>> on_change(Watch& watch, const kube::WorkloadView& view) {
  if (view.workload.is_null()) co_return Error{Code::kNotFound, "the workload is gone", ""};
  note(watch, kube::rollout_status(view.workload));
  if (watch.request.output == "text") draw(watch, view);
  const std::string phase = phase_of(watch);
  co_return phase != "Healthy" && phase != "Degraded" && !watch.host.terminal.output_failed();
}

/// The one Rollout of the namespace, else the one Deployment.
Task<Result<kube::Query>> only_workload(kube::Client& client, std::string ns) {
  std::vector<std::string> names;
  kube::Query query{.ns = std::move(ns)};
  for (const char* kind : {kube::kRollouts, kube::kDeployments}) {
    if (!names.empty()) break;
    query.kind = kind;
    auto list = co_await client.list(query);
    if (!list && list.error().code != Code::kUsage) co_return list.error();
    if (!list) continue;  // a cluster without Argo Rollouts
    for (const json& item : array_at(*list, {"items"}))
      names.push_back(string_at(item, {"metadata", "name"}));
  }
  if (names.size() != 1) {
    const std::string known = names.empty() ? "there is none" : "there are " + join(names, ", ");
    co_return Error{Code::kUsage, fmt::format("which rollout? In this namespace {}", known),
                    "zdt-demo watch NAME"};
  }
  query.name = names.front();
  co_return query;
}

/// Ends well when the rollout is Healthy.
Task<Result<void>> follow(Watch& watch, kube::Client& client, milliseconds limit) {
  Result<kube::Query> workload = kube::Query{};
  if (watch.request.name.empty()) {
    workload = co_await only_workload(client, watch.request.ns);
  } else {
    workload = co_await kube::workload_named(client, watch.request.name, watch.request.ns);
  }
  if (!workload) co_return workload.error();
  const std::string name = workload->name;
  const kube::OnWorkload changed = [&watch](const kube::WorkloadView& view) {
    return on_change(watch, view);
  };
  Error late{Code::kTimeout, "", ""};
  auto ended =
      co_await with_deadline(kube::watch_rollout(client, std::move(*workload), true, changed), limit, late);
  const std::string state = fmt::format("{} ({})", phase_of(watch), string_at(watch.status, {"message"}));
  if (!ended && ended.error().what.empty()) {
    co_return Error{Code::kTimeout,
                    fmt::format("{} is {} after {}, want Healthy", name, state, format_duration(limit)), ""};
  }
  if (!ended) co_return ended.error();
  if (phase_of(watch) == "Degraded") co_return Error{Code::kFailed, fmt::format("{} is {}", name, state), ""};
  co_return Result<void>();
}

json document_of(const Watch& watch, const Result<void>& ended) {
  json document = {
      {"version", 1}, {"outcome", "healthy"}, {"status", watch.status}, {"changes", watch.changes}};
  if (ended) return document;
  document["outcome"] = phase_of(watch) == "Degraded" ? "degraded" : std::string(name_of(ended.error().code));
  document["error"] = {
      {"code", name_of(ended.error().code)}, {"what", ended.error().what}, {"hint", ended.error().hint}};
  return document;
}

Task<Result<void>> watch_until_the_end(Watch& watch) {
  auto limit = parse_duration(watch.request.timeout);
  if (!limit) co_return with_context("--timeout", limit.error());
  auto connection = connection_to(watch.host, watch.request.on, watch.request.kubeconfig);
  if (!connection) co_return connection.error();
  auto executor = co_await asio::this_coro::executor;
  kube::Client client(executor, std::move(*connection));
  auto ended = co_await follow(watch, client, *limit);
  co_return ended;
}

}  // namespace

Task<int> watch_rollout(host::Host& host, WatchRequest request) {
  Watch watch{host, request};
  auto ended = co_await watch_until_the_end(watch);
  if (request.output == "json") {
    const json document = document_of(watch, ended);
    host.terminal.write_json(document);
  }
  co_return ended ? 0 : report_error(host.terminal, ended.error());
}

}  // namespace zdt::cli
