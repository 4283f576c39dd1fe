// A coordination.k8s.io/v1 Lease that names the run which acts on a cluster.
//
// As client-go does it (k8s.io/client-go/tools/leaderelection/leaderelection.go): whoever writes states the resourceVersion that it
// has read, and a lease has expired when we have seen it unchanged for its duration, whatever the clocks say.
#pragma once
#include "base/units.h"
#include "host/identity.h"
#include "kube/client.h"

namespace zdt::kube {

/// A run, as the lease has it.   started  when it took the lease.
struct LeaseHolder {
  std::string run, script, user, host;
  host::ProcessIdentity process;
  WallTime started;
  /// "the run 20260101T…-rollout-x7k2 of alice@laptop (pid 123)". Whatever others wrote into it: one line of printable ASCII.
  std::string words() const;
};

/// duration  how long it counts without a renewal.   renew  how often it is renewed.
struct LeaseTimes {
  milliseconds duration{15'000}, renew{5'000};
};

/// What a cluster says when it is asked for the lease.
/// kOurs      it is ours.   kOthers  `holder` has it.   kNoAnswer  the API cannot be reached now.
/// kRefused   the API has no leases, or lets this user have none.   why  of the last two.
/// looks_expired  of kOthers, by our clock: worth watching for its duration.   change  differs after each of its renewals.
struct LeaseAnswer {
  enum State { kOurs, kOthers, kNoAnswer, kRefused } state = kNoAnswer;
  LeaseHolder holder;
  bool looks_expired = false;
  std::string change, why;
};

class Lease {
 public:
  /// Where the demo's own objects are; there is one for each cluster.
  static constexpr const char* kNamespace = "default";
  static constexpr const char* kName = "zdt-demo-run";

  Lease(LeaseHolder us, std::function<WallTime()> now, LeaseTimes times = {})
      : us_(std::move(us)), now_(std::move(now)), times_(times) {}

  /// Takes the lease where it is free (there is none, it was given back, its process on this machine has ended; of a process that
  /// cannot be seen from here: it has expired),
  /// renews it when that is due, and says whose it is. Once it was ours it is not taken from another holder, even where that has
  /// given it back: that is for the caller to judge.
  /// steal  takes it from whoever has it.
  Task<LeaseAnswer> hold(Client& client, bool steal);
  /// Gives it back, if it is ours still. It is deleted; where it was taken from a run that may not know yet, it stays without a
  /// holder and with our name, for that run to see.
  Task<void> release(Client& client);
  bool is_ours() const { return ours_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Found;
  Task<LeaseAnswer> hold_once(Client& client, bool steal, bool& again);
  Task<LeaseAnswer> create(Client& client, bool& again);
  Task<LeaseAnswer> write(Client& client, const json& before, bool& again);
  Task<void> remove(Client& client, const json& lease);
  LeaseAnswer others(const Found& found) const;
  json ours(const json& before) const;
  bool is_free(const Found& found);
  bool has_expired(const Found& found);
  void remember(const json& lease);

  LeaseHolder us_;
  std::function<WallTime()> now_;
  LeaseTimes times_;
  bool ours_ = false;    ///< at the last answer
  bool tell_ = false;    ///< the run that had it before may live and not know that it was taken
  json last_;            ///< as we wrote it
  Time renewed_;
  std::string observed_;  ///< of another holder: its last change that we saw, and when
  Time observed_at_;
};

}  // namespace zdt::kube
