#include "cluster/rehearsal.h"

#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"

namespace zdt::cli {
namespace {

std::string env_line(const cluster::Rehearsal& cluster) {
  return fmt::format("export KUBECONFIG={}\n", cluster.kubeconfig().string());
}

void say_on_stderr(host::Host& host, cluster::Rehearsal& cluster) {
  cluster.tell([&host](const std::string& sentence) { host.terminal.write_error(sentence + "\n"); });
}

}  // namespace

Task<int> cluster_up(host::Host& host, cluster::RehearsalOptions options) {
  cluster::Rehearsal cluster(host, options);
  say_on_stderr(host, cluster);
  const auto start = std::chrono::steady_clock::now();
  auto made = co_await cluster.up();
  if (!made) co_return report_error(host.terminal, made.error());
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  const auto state = cluster.state();
  host.terminal.write(*made ? fmt::format("rehearsal cluster up in {} on https://127.0.0.1:{}\n", format_duration(took), state.port)
                            : fmt::format("rehearsal cluster runs already on https://127.0.0.1:{}; nothing changed\n", state.port));
  host.terminal.write(env_line(cluster));
  co_return 0;
}

Task<int> cluster_down(host::Host& host) {
  cluster::Rehearsal cluster(host);
  say_on_stderr(host, cluster);
  auto ended = co_await cluster.down();
  if (!ended) co_return report_error(host.terminal, ended.error());
  host.terminal.write(*ended ? "rehearsal cluster down\n" : "there was no rehearsal cluster\n");
  co_return 0;
}

Task<int> cluster_status(host::Host& host, bool as_json) {
  cluster::Rehearsal cluster(host);
  const auto state = cluster.state();
  if (as_json) {
    host.terminal.write_json({{"running", state.ready},
                             {"starting", state.running && !state.ready},
                             {"pid", state.pid},
                             {"port", state.port},
                             {"network", state.network},
                             {"folder", cluster.folder().string()},
                             {"kubeconfig", cluster.kubeconfig().string()}}
    );
    co_return state.ready ? 0 : 3;
  }
  if (state.running && !state.ready) {
    host.terminal.write(fmt::format("rehearsal cluster is starting: pid {}\n", state.pid));
    co_return 3;
  }
  if (!state.running) {
    const char* leftovers = state.folder_exists ? " (its folder is left behind: zdt-demo cluster down)" : "";
    host.terminal.write(fmt::format("rehearsal cluster is not running{}\n", leftovers));
    co_return 3;
  }
  host.terminal.write(fmt::format("rehearsal cluster runs: pid {}, https://127.0.0.1:{}\n", state.pid, state.port));
  host.terminal.write(fmt::format("log {}\n", (cluster.folder() / "server.log").string()));
  co_return 0;
}

int cluster_env(host::Host& host) {
  cluster::Rehearsal cluster(host);
  if (!cluster.state().ready) {
    return report_error(host.terminal, {Code::kEnvironment, "the rehearsal cluster is not running", "zdt-demo cluster up"});
  }
  host.terminal.write(env_line(cluster));
  return 0;
}

}  // namespace zdt::cli
