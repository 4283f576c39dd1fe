#include "cli/machine_commands.h"

#include <boost/asio/signal_set.hpp>

#include "cli/cli.h"

namespace zdt::cli {
namespace {

constexpr const char* kTargets = "rehearsal, kind, context:NAME or auto";

void add_setup(CLI::App& app, SetupRequest& request) {
  CLI::App& command = *app.add_subcommand("setup", "what this machine has of what a target needs");
  command.add_option("--on", request.on, kTargets)->capture_default_str();
  command.add_flag("--install", request.install,
                   "get what is missing, where that is safe; says first what it does");
  command.add_flag("--json", request.as_json, "as JSON");
}

void add_bundle(CLI::App& app, BundleRequest& request) {
  CLI::App& command =
      *app.add_subcommand("bundle", "everything that deploy-all takes from the network, in one file");
  command.require_subcommand(1);
  CLI::App& create = *command.add_subcommand("create", "make one, on a good network");
  create.add_option("file", request.file)->required();
  create.add_option("--from", request.from,
                    "a folder with image archives, charts and manifests; may be repeated");
  create.add_option("--on", request.on, "kind or context: whom it is for")
      ->check(CLI::IsMember({"kind", "context"}))
      ->capture_default_str();
  CLI::App& verify =
      *command.add_subcommand("verify", "whether it is whole, and holds what the manifests name");
  verify.add_option("file", request.file)->required();
  verify.add_option("--on", request.on, "kind or context: whom it is for")
      ->check(CLI::IsMember({"kind", "context"}))
      ->capture_default_str();
  CLI::App& list = *command.add_subcommand("list", "what is in it");
  list.add_option("file", request.file)->required();
  list.add_option("-o,--output", request.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void add_forward(CLI::App& app, ForwardRequest& request) {
  CLI::App& command =
      *app.add_subcommand("forward", "ports of 127.0.0.1 that lead to Services, until Ctrl-C");
  command.add_option("ports", request.ports,
                     "[NAMESPACE/]SERVICE:PORT[:LOCAL] (default: application, Envoy, Grafana, Prometheus)");
  command.add_option("--on", request.on, kTargets)->capture_default_str();
  command.add_option("--kubeconfig", request.kubeconfig, "instead of $KUBECONFIG or ~/.kube/config");
  command.add_option("-n,--namespace", request.ns, "instead of the context's");
  command.add_option("-o,--output", request.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

/// Ctrl-C and SIGTERM cancel `work`, which cleans up as it unwinds; the code is then 130.
Task<int> until_interrupted(Task<int> work) {
  auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred), signals.async_wait(asio::deferred));
  auto [order, failure, code, error, number] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] != 0) co_return 130;
  if (failure) std::rethrow_exception(failure);
  co_return code;
}

int run_until_interrupted(host::Host& host, Task<int> work) {
  return run_on_loop(host, until_interrupted(std::move(work)));
}

}  // namespace

void add_machine_commands(CLI::App& app, MachineRequests& requests) {
  add_setup(app, requests.setup);
  add_bundle(app, requests.bundle);
  add_forward(app, requests.forward);
}

std::optional<int> dispatch_machine(host::Host& host, const CLI::App& app, const MachineRequests& requests) {
  if (app.got_subcommand("setup")) return run_until_interrupted(host, set_up(host, requests.setup));
  if (app.got_subcommand("forward"))
    return run_until_interrupted(host, forward_ports(host, requests.forward));
  if (!app.got_subcommand("bundle")) return std::nullopt;
  const CLI::App& bundle = *app.get_subcommand("bundle");
  if (bundle.got_subcommand("create")) return run_until_interrupted(host, make_bundle(host, requests.bundle));
  if (bundle.got_subcommand("verify"))
    return run_until_interrupted(host, check_bundle(host, requests.bundle));
  return run_on_loop(host, list_bundle(host, requests.bundle));
}

}  // namespace zdt::cli
