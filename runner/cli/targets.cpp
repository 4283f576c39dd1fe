#include "cli/targets.h"

namespace zdt::cli {

std::string chosen_target(host::Host& host, const std::string& on) {
  if (on != "auto") return on;
  const auto choice = cluster::choose_target(host);
  host.terminal.write_error(fmt::format("on {} ({})\n", choice.name, choice.reason));
  return choice.name;
}

Result<kube::Connection> connection_to(host::Host& host, const std::string& on, const std::string& kubeconfig) {
  auto target = cluster::make_target(host, chosen_target(host, on), kubeconfig);
  if (!target) return target.error();
  return (*target)->connection();
}

}  // namespace zdt::cli
