#include "cli/occupation.h"

namespace zdt::cli {

Result<cluster::LeasePolicy> lease_policy(const RunRequest& request) {
  cluster::LeasePolicy policy;
  policy.steal = request.steal;
  if (request.wait.empty() || request.wait == "false") return policy;
  if (request.steal) return Error{Code::kUsage, "--wait and --steal exclude each other", ""};
  policy.wait = milliseconds(0);
  if (request.wait == "true") return policy;
  auto limit = parse_duration(request.wait);
  if (!limit) return with_context("--wait", limit.error());
  policy.wait = std::max(*limit, milliseconds(1));
  return policy;
}

std::shared_ptr<cluster::RunLease> make_lease(host::Host& host, const cluster::LeasePolicy& policy, std::string run, std::string script) {
  auto say = [&host](const std::string& sentence) { host.terminal.write_error(sentence + "\n"); };
  return std::make_shared<cluster::RunLease>(cluster::this_run(host, std::move(run), std::move(script)), policy, host.now, std::move(say));
}

}  // namespace zdt::cli
