// How long a preStop hook lasts, as far as the manifests tell.
//
// Read are: the sleep action; programs that pause for a time that is written down (sleep, usleep, Start-Sleep, `timeout N`,
// time.sleep in python -c and its like), alone or in a shell's script, inline or from a ConfigMap of the set, with its
// variables (NAME=${ENV:-5}, and the container's own env); a delay in the query of an httpGet. What cannot be read (a program
// in the image, the server behind an httpGet) is said to be unread, and no rule judges it.
#pragma once
#include <functional>

#include "audit/object_set.h"

namespace zdt::audit {

/// least   before which the hook never returns, on the way through its && and || that is the shortest; nothing: unknown.
/// most    after which it always has; nothing: unknown.
/// waits   for a condition, in a loop: then least is the pause before the loop, and most its limit.
/// unread  the first program whose time cannot be read; "" when all of it was read.
struct HookLength {
  bool present = false;
  std::optional<milliseconds> least, most;
  bool waits = false;
  std::string unread;
};

HookLength prestop_of(const ObjectSet& set, const Workload& workload, const Container& container);

/// Answers for variables that a script does not set; nothing: their default.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// The same for a script's text.
HookLength script_length(std::string_view script, const Environment& env);

}  // namespace zdt::audit
