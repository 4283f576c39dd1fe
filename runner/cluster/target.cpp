#include "cluster/target.h"

#include "base/text.h"
#include "cluster/context.h"
#include "cluster/rehearsal.h"
#include "host/process.h"

namespace zdt::cluster {

AutoChoice choose_target(const host::Host& host) {
  (void)host;
  for (const char* tool : {"docker", "kind", "kubectl", "helm"}) {
    if (host::find_program(tool).empty()) return {"rehearsal", fmt::format("{} is not installed", tool)};
  }
  return {"rehearsal", "the default; --on kind takes the Kind cluster zero-downtime"};
}

Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted, const std::string& kubeconfig) {
  const std::string name = wanted == "auto" ? choose_target(host).name : wanted;
  if (name == "rehearsal") return std::unique_ptr<Target>(std::make_unique<Rehearsal>(host));
  const host::fs::path file =
      kubeconfig.empty() ? kube::default_kubeconfig(host.env("KUBECONFIG"), host.env("HOME")) : host::fs::path(kubeconfig);
  if (name == "kind") return std::unique_ptr<Target>(std::make_unique<Context>(file, "kind-zero-downtime", "kind"));
  if (name == "context:") return Error{Code::kUsage, "--on context: names no context", "--on context:NAME"};
  if (name.starts_with("context:")) return std::unique_ptr<Target>(std::make_unique<Context>(file, name.substr(8), name));
  const std::string near = nearest(name, {"auto", "rehearsal", "kind", "context"});
  return Error{Code::kUsage, fmt::format("--on {}: no such target", name),
               near.empty() ? "--on auto, rehearsal, kind or context:NAME" : "did you mean --on " + near + "?"};
}

}  // namespace zdt::cluster
