// zdt-demo audit: what manifests, Dockerfiles or a cluster's objects would lose requests by.
#pragma once
#include <CLI/CLI.hpp>

#include "audit/finding.h"
#include "host/host.h"
#include "host/task.h"

namespace zdt::cli {

/// paths  kustomize folders, folders with YAML files, YAML files, Dockerfiles; seen from the working folder,
/// else from the project's.   on  instead of paths: the live objects of this target.   ns  "": the
/// connection's. fix  the folder that the patches are written to; "": none.
struct AuditRequest {
  std::vector<std::string> paths;
  std::string on, kubeconfig, ns, level = "warning", output = "text", fix, endpoint_sync = "2s",
                                  longest_request;
  bool all_namespaces = false;
};

void add_audit_command(CLI::App& app, AuditRequest& request);
/// 0 no finding at or above the level · 1 findings · 2 usage, or a manifest that is wrong · 3 cannot be read
/// (kubectl is missing, the cluster is away).
Task<int> run_audit(host::Host& host, AuditRequest request);

}  // namespace zdt::cli
