// `!` of --step: a shell for the speaker.
#pragma once
#include "cluster/target.h"
#include "host/host.h"

namespace zdt::cli {

/// $SHELL (else /bin/sh) on the terminal, until it exits. The run's loop goes on meanwhile, and a load with it. It has what the
/// run's scripts have: `variables` on top of ours, and KUBECONFIG, so that kubectl acts on the run's cluster. For context:NAME
/// that is the user's file, with NAME as its current context (a file of two lines in `folder` says so; it goes with the shell).
/// A cancellation ends the shell.
Task<void> run_shell(host::Host& host, const cluster::Target& target, std::map<std::string, std::string> variables, host::fs::path folder);

}  // namespace zdt::cli
