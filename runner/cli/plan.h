// A script's plan in commands.
#pragma once
#include "cli/run_request.h"
#include "host/host.h"

namespace zdt::cli {

/// Writes what each step of `request.script` would do on `request.on`, as text or (output "json") as one
/// document {version, metadata, steps: [{id, title, items}]}; the items are PlannedStep's. Nothing is started
/// and nobody is asked: `kubectl kustomize` of a folder of the project, which only reads files, is the one
/// program that runs. Returns 0, or the exit code of the first error (2: the script's own), which is told
/// with its step.
Task<int> show_plan(host::Host& host, RunRequest request);

}  // namespace zdt::cli
