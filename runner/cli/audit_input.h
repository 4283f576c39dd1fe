// What an audit reads: files, or a cluster's objects. Nothing is changed by it.
#pragma once
#include "audit/outputs.h"
#include "cli/audit.h"

namespace zdt::cli {

/// sources  what was read, in the order of the request.   base  the kustomize folder, where all objects come
/// from one.
struct AuditInput {
  audit::Input input;
  std::vector<audit::Source> sources;
  host::fs::path base;
};

/// Fails kUsage (no such path), kScript (a manifest is wrong), kEnvironment (kubectl is missing, the cluster
/// is away).
Task<Result<AuditInput>> read_audit_input(host::Host& host, AuditRequest request);

}  // namespace zdt::cli
