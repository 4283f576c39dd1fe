// The helm command line: https://helm.sh/docs/helm/helm_upgrade/
#pragma once
#include "base/json.h"
#include "host/files.h"
#include "tools/runner.h"

namespace zdt::tools {

/// Which cluster helm acts on. Both are always given, so that the user's current context never counts.
struct HelmTarget {
  host::fs::path kubeconfig;
  std::string context;
};

/// One release. chart  a name in `repo` (a URL), an oci:// reference, or a folder or archive of this machine.
/// values  handed over on stdin, after values_file: never in an argument list, never on the disk.
/// ns  "": the context's.   timeout  of --wait.
struct Release {
  std::string name, chart, version, repo, ns;
  json values = json::object();
  host::fs::path values_file;
  bool wait = true, create_namespace = true;
  milliseconds timeout{300'000};
};

host::Command helm_upgrade_install(const Release& release, const HelmTarget& target);
/// Needs no cluster.
host::Command helm_template(const Release& release);
host::Command helm_uninstall(const Release& release, const HelmTarget& target);
/// Both print JSON.
host::Command helm_status(const Release& release, const HelmTarget& target);
host::Command helm_list(const HelmTarget& target, const std::string& ns);

/// How a failure names the release: "helm: release keda, chart keda 2.17.0 of https://…".
std::string words_for(const Release& release);

/// The release's status as helm prints it; null when there is no such release.
Task<Result<json>> release_status(Runner runner, Release release, HelmTarget target);

/// Uninstalls the release when an earlier helm was ended half-way through it (pending-install, pending-upgrade,
/// pending-rollback: https://helm.sh/docs/helm/helm_status/), as helm refuses every other operation then. Returns that
/// status; "" when nothing was in the way.
Task<Result<std::string>> clear_pending(Runner runner, Release release, HelmTarget target);

/// True when there was something to remove.
Task<Result<bool>> uninstall(Runner runner, Release release, HelmTarget target);

}  // namespace zdt::tools
