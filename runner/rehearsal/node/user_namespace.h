// The user namespace of a pod: its root is an ordinary user of this machine, one that owns nothing else.
// https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
#pragma once
#include <memory>
#include <optional>
#include <set>

#include "base/json.h"
#include "host/unique_fd.h"
#include "rehearsal/node/held_folder.h"

namespace zdt::rehearsal {

/// The users and groups of one pod: id N in the pod is id first + N of this machine, for N below kSize.
struct UserRange {
  static constexpr uint32_t kSize = 65536;  // as the kubelet's
  uint32_t first = 0;                       ///< 0: the pod shares this machine's ids
  Owner owner(uint32_t user, uint32_t group) const { return {first + user, first + group}; }
};

/// Ranges that no other pod has while it runs. One loop.
class UserRanges : public std::enable_shared_from_this<UserRanges> {
 public:
  /// The range, given back when the last copy of the pointer goes.
  std::shared_ptr<const UserRange> take();

 private:
  std::set<uint32_t> taken_;
};

/// Whether the pod may have a user namespace: it does not ask for this machine's users (hostUsers: true) or network,
/// and none of its ids is beyond UserRange::kSize.
bool allows_user_namespace(const json& pod);
/// Whether the pod insists on one (hostUsers: false).
bool wants_user_namespace(const json& pod);

/// A user namespace with `range`, and a network namespace that it owns.
struct OwnedNamespaces {
  host::UniqueFd user, network;
};
/// Fails kEnvironment: the kernel or its settings do not allow it.
Result<OwnedNamespaces> make_owned_namespaces(const UserRange& range);

/// Whether this machine allows what a container in a user namespace needs: asked once, by mounting a proc and a sysfs
/// in namespaces made for it. Fails kEnvironment with the reason.
Result<void> check_user_namespaces();

}  // namespace zdt::rehearsal
