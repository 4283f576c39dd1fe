// Open files: how many a process may have, and what to say when that is not enough.
#pragma once
#include <string>

#include "base/error.h"

namespace zdt::host {

/// Raises this process's soft limit to its hard one. Each pod needs about ten descriptors, each connection one. Children
/// inherit it; containers get limits of their own from their configuration.
void raise_descriptor_limit();

/// What `error`, an errno, means; for EMFILE with the number of descriptors that the process may have.
std::string reason_of(int error);

/// "cannot …: why", kEnvironment, with a hint where there is one.
Error system_error_of(const std::string& what, int error);

}  // namespace zdt::host
