// How long a preStop hook lasts, as far as the manifests tell.
//
// Read are: the sleep action; `sleep` in a command or in a script that comes from a ConfigMap of the set,
// with its variables (NAME=${ENV:-5}, and the container's own env); a delay in the query of an httpGet. What
// cannot be read (a script in the image, the server behind an httpGet) is unknown, and no rule judges it.
#pragma once
#include <functional>

#include "audit/object_set.h"

namespace zdt::audit {

/// least  before which the hook never returns.   most  after which it always has.   Nothing: unknown.
/// waits  for a condition, in a loop: then least is the pause before the loop, and most its limit.
struct HookLength {
  bool present = false;
  std::optional<milliseconds> least, most;
  bool waits = false;
};

HookLength prestop_of(const ObjectSet& set, const Workload& workload, const Container& container);

/// The same for a script's text. `env` answers for variables that the script does not set; nothing: the
/// default.
HookLength script_length(std::string_view script,
                         const std::function<std::optional<std::string>(std::string_view)>& env);

}  // namespace zdt::audit
