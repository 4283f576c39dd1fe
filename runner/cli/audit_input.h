// What an audit reads: files, or a cluster's objects. Nothing is changed by it.
#pragma once
#include "audit/outputs.h"
#include "cli/audit.h"

namespace zdt::cli {

/// sources  what was read, in the order of the request.   base  the kustomize folder, where all objects come
/// from one.   unread  what a folder has that could not be read, a sentence each.   broken  those of them that are mistakes.
struct AuditInput {
  audit::Input input;
  std::vector<audit::Source> sources;
  host::fs::path base;
  std::vector<std::string> unread;
  std::vector<Error> broken;
};

/// Fails kUsage (no such path), kScript (a manifest is wrong), kEnvironment (kubectl is missing, the cluster
/// is away).
Task<Result<AuditInput>> read_audit_input(host::Host& host, AuditRequest request);

}  // namespace zdt::cli
