// The ReplicaSets of a Rollout, and one look at it.
#pragma once
#include "rehearsal/controllers/rollout_spec.h"

namespace zdt::rehearsal {

/// Fills in what the API server would (ControllerOptions::defaults).
using Defaults = std::function<void(const std::string& resource, json& object)>;

/// updated  of the present template; null before it is made.
/// stable   the one that status.stableRS names, perhaps the same; null before the first deployment.
/// all      oldest first.
struct RolloutSets {
  ObjectPtr updated, stable;
  std::vector<ObjectPtr> all;

  /// Neither updated nor stable.
  std::vector<ObjectPtr> others() const;
  /// There is a stable one beside the updated one.
  bool has_two() const { return stable && stable != updated; }
};

/// One look at a Rollout: what is, and what has been decided so far. The last act of a look is
/// write_rollout_status(), which carries the decisions out. pause          begin the pause of the current
/// step.      resume        that pause is over. clear_pauses   no pause counts any more. remove_abort  nor
/// does status.abort. restarted      all pods are younger than spec.restartAt. abort          abort the
/// update, for this reason.
struct RolloutLook {
  Store& store;
  const Defaults& defaults;
  WallTime now;
  ObjectPtr rollout;
  RolloutSets sets = {};
  bool pause = false, resume = false, clear_pauses = false, remove_abort = false, restarted = false;
  std::string abort = {};
  std::optional<milliseconds> again = {};  ///< when to look again

  const json& status() const { return object_at(*rollout, {"status"}); }
  int64_t wanted() const { return wanted_replicas_of(*rollout); }
  bool is_aborted() const { return !remove_abort && (!abort.empty() || bool_at(status(), {"abort"})); }
  void look_again_in(milliseconds delay);
  void event(std::string_view reason, const std::string& message, bool warning = false) const;
};

/// The value of rollouts-pod-template-hash.
std::string hash_of(const json& replica_set);
int64_t available_of(const json& replica_set);
/// The sum of a count of status.
int64_t status_sum(const std::vector<ObjectPtr>& sets, std::string_view field);

/// Reads (and adopts) the ReplicaSets.
RolloutSets load_rollout_sets(const RolloutLook& look);

/// Makes the ReplicaSet of the present template, without pods, with canaryMetadata or stableMetadata. A name
/// that something else has raises status.collisionCount and fails kConflict: the next try takes another name.
Result<void> create_updated_set(const RolloutLook& look);

/// Writes the revision to the updated ReplicaSet and the Rollout. True when that changed something.
Result<bool> sync_rollout_revision(const RolloutLook& look);

/// The sizes that canary_counts() gives now.
CanaryCounts rollout_counts(const RolloutLook& look);

/// One step towards the right sizes: the stable one first, then the updated one, then the others. True when a
/// size changed (reconcileCanaryReplicaSets). With spec.paused nothing is scaled.
Result<bool> scale_rollout_sets(const RolloutLook& look);

/// Removes the oldest beyond revisionHistoryLimit (10), those without pods only.
Result<void> clean_rollout_history(const RolloutLook& look);

}  // namespace zdt::rehearsal
