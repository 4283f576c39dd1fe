// The default seccomp profile: the system calls that a container may make, as containerd's RuntimeDefault has them.
// https://kubernetes.io/docs/tutorials/security/seccomp/
#pragma once
#include <set>
#include <string>

#include "base/json.h"

namespace zdt::rehearsal {

/// linux.seccomp of an OCI configuration. Calls that only a capability of `capabilities` makes sensible ("CAP_SYS_ADMIN":
/// mount) are allowed with it. Anything else is refused with EPERM; a call that this list does not know, with ENOSYS, so
/// that a C library newer than the list goes back to an older call.
json default_seccomp(const std::set<std::string>& capabilities);

}  // namespace zdt::rehearsal
