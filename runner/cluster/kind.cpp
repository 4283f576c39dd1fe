#include "cluster/kind.h"

#include "base/text.h"
#include "base/yaml.h"
#include "cluster/services.h"
#include "kube/client.h"
#include "tools/docker.h"

namespace zdt::cluster {
namespace {

/// Of a cluster whose node image has to be fetched. Whoever has the turn for longer hangs.
constexpr milliseconds kLongestCreation{900'000};

}  // namespace

Kind::Kind(host::Host& host, KindOptions options)
    : host_(host),
      options_(std::move(options)),
      cluster_{kName, host.state / "kind" / "kubeconfig", host.root / "manifests/kind-config.yaml"} {
  if (!options_.config.empty()) cluster_.config = options_.config;
  if (!options_.runner) options_.runner = [](host::Command command) { return host::run(std::move(command)); };
}

host::fs::path Kind::config_copy() const { return cluster_.kubeconfig.parent_path() / "kind-config.yaml"; }

host::fs::path Kind::used_config() const {
  return host::fs::exists(config_copy()) ? config_copy() : cluster_.config;
}

int Kind::node_count() const {
  auto text = host::read_file(used_config());
  auto config = text ? parse_yaml(*text, used_config().string()) : Result<json>(text.error());
  return config ? static_cast<int>(array_at(*config, {"nodes"}).size()) : 0;
}

Task<Result<bool>> Kind::exists() {
  auto clusters = co_await tools::kind_clusters(options_.runner);
  if (!clusters) co_return clusters.error();
  co_return std::find(clusters->begin(), clusters->end(), cluster_.name) != clusters->end();
}

Task<Result<void>> Kind::remove() {
  auto exit = co_await tools::run_tool(options_.runner, tools::kind_delete(cluster_), "kind delete cluster");
  if (!exit) co_return exit.error();
  std::error_code none;
  host::fs::remove(cluster_.kubeconfig, none);
  host::fs::remove(config_copy(), none);
  co_return Result<void>();
}

/// Fails when its API does not answer, with what it said.
Task<Result<void>> Kind::answers() {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  const auto end = std::chrono::steady_clock::now() + options_.patience;
  while (true) {
    auto version = co_await client.version();
    if (version) co_return Result<void>();
    if (std::chrono::steady_clock::now() >= end) co_return version.error();
    co_await sleep_for(milliseconds(500));
  }
}

/// A cluster that exists: its kubeconfig is fetched anew, as its port may have changed with a restart of
/// Docker.
Task<Result<void>> Kind::use_existing() {
  auto printed = co_await tools::run_tool(options_.runner, tools::kind_get_kubeconfig(cluster_.name),
                                          "kind get kubeconfig");
  if (!printed) co_return printed.error();
  auto written = host::write_file(cluster_.kubeconfig, printed->out, 0600);
  if (!written) co_return written.error();
  auto answer = co_await answers();
  co_return answer;
}

/// A cluster that somebody made otherwise lacks our ways in: better said now than as a refused connection
/// later.
Task<void> Kind::check_mappings() {
  auto mappings = port_mappings(cluster_.config);
  host::Command command;
  command.argv = {"docker", "port", cluster_.name + "-control-plane"};
  command.limit = milliseconds(10'000);
  auto published = co_await options_.runner(std::move(command));
  if (!mappings || !published || !published->ok()) co_return;
  std::vector<std::string> missing;
  for (const PortMapping& mapping : *mappings) {
    const bool there = published->out.find(fmt::format("{}/tcp -> ", mapping.node_port)) != std::string::npos;
    if (!there) missing.push_back(std::to_string(mapping.node_port));
  }
  if (missing.empty()) co_return;
  say(
      fmt::format("the Kind cluster {} was made without the mapping of NodePort {} to this machine; "
                  "--recreate makes it anew",
                  cluster_.name, join(missing, ", ")));
}

Task<Result<host::Turn>> Kind::take_turn() {
  if (options_.planned) co_return host::Turn();
  auto turn = co_await host::Turn::take(host_.state / "kind.lock", kLongestCreation, [this](const std::string& holder) {
    say(fmt::format("waiting for {}, which makes or removes the Kind cluster", holder));
  });
  if (!turn && turn.error().code == Code::kTimeout) co_return Error{Code::kEnvironment, turn.error().what, "end that process"};
  co_return turn;
}

Task<Result<bool>> Kind::up() {
  auto made = co_await in_turn();
  auto entered = co_await after_up(std::move(made));
  co_return entered;
}

Task<Result<bool>> Kind::in_turn() {
  auto turn = co_await take_turn();
  if (!turn) co_return turn.error();
  auto made = co_await make_or_use();
  co_return made;
}

Task<Result<bool>> Kind::make_or_use() {
  auto docker = co_await tools::docker_version(options_.runner);
  if (!docker) co_return docker.error();
  auto there = co_await exists();
  if (!there) co_return there.error();
  std::string why;
  if (*there) why = co_await reason_to_recreate("the Kind cluster " + cluster_.name);
  if (*there && why.empty()) {
    auto used = co_await use_existing();
    if (used) {
      co_await check_mappings();
      co_return false;
    }
    why = "half-created: " + used.error().what;
  }
  if (!why.empty()) {
    say(fmt::format("removing the Kind cluster {} to make it anew ({})", cluster_.name, why));
    auto removed = co_await remove();
    if (!removed) co_return removed.error();
  }
  auto made = co_await create();
  if (!made) co_return made.error();
  co_return true;
}

Task<Result<bool>> Kind::down() {
  auto turn = co_await take_turn();
  if (!turn) co_return turn.error();
  auto there = co_await exists();
  if (!there) co_return there.error();
  if (!*there) co_return false;
  auto removed = co_await remove();
  if (!removed) co_return removed.error();
  turn->remove_file();
  co_return true;
}

Result<kube::Connection> Kind::connection() {
  if (!host::fs::exists(cluster_.kubeconfig)) {
    return Error{Code::kEnvironment,
                 fmt::format("the Kind cluster {} has not been made or taken over yet", cluster_.name),
                 "zdt-demo run deploy-all --on kind"};
  }
  return kube::with_remedy(kube::load_kubeconfig(cluster_.kubeconfig, ""),
                           fmt::format("docker ps shows whether {}-control-plane runs; zdt-demo run deploy-all --on kind mends it", kName));
}

Task<Result<Entrance>> Kind::entrance(std::string service, int port) {
  auto mappings = port_mappings(used_config());
  if (!mappings) co_return mappings.error();
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto object = co_await client.get(service_query(service));
  if (!object) co_return object.error();
  co_return kind_entrance(*object, port, *mappings);
}

}  // namespace zdt::cluster
