// A run's claim on the cluster that it acts on: no second run disturbs it without being told.
#pragma once
#include "cluster/target.h"
#include "kube/lease.h"

namespace zdt::cluster {

/// What a run does when another one acts on its cluster. Without either it is refused.
/// steal  takes the cluster over.   wait  for the other one's end, at most so long; zero: as long as it takes.
struct LeasePolicy {
  bool steal = false;
  std::optional<milliseconds> wait;
};

/// look  how often the lease is looked at.
struct RunLeaseTimes {
  kube::LeaseTimes lease;
  milliseconds look{1'000};
};

/// This process as a holder.   run  its id.
kube::LeaseHolder this_run(const host::Host& host, std::string run, std::string script);

/// Holds the Lease of a cluster while a run lasts, or several on the same cluster. A cluster that is not there yet has it as soon as
/// it answers. While the API does not answer nothing is lost; another holder of the lease means that this run has lost the cluster.
/// An API without leases, or that allows none, is told once, and the run goes on without.
class RunLease {
 public:
  /// say  is told whom is waited for, and what was taken over.
  RunLease(kube::LeaseHolder us, LeasePolicy policy, std::function<WallTime()> now, std::function<void(const std::string&)> say,
           RunLeaseTimes times = {});
  RunLease(const RunLease&) = delete;
  RunLease& operator=(const RunLease&) = delete;

  /// Acts on `target` from now on, until leave(). Takes the lease, if the cluster answers. Fails kEnvironment: another run acts
  /// there, or has taken the cluster from us.
  Task<Result<void>> enter(Target& target);
  /// `target` is not used any more. The lease is kept.
  void leave();
  /// Called when the cluster is lost to another run, with the sentence for the user (kEnvironment).
  void on_lost(std::function<void(const Error&)> lost) { on_lost_ = std::move(lost); }
  const std::optional<Error>& lost() const { return lost_; }
  /// Gives the lease back. To be awaited before the end of an object that has entered a target.
  Task<void> release();

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// Of one wait for a lease that another run has.
  struct Waiting {
    Time begun = std::chrono::steady_clock::now();
    bool told = false;
    std::string first_change;
  };
  Task<Result<void>> entered();
  Task<Result<void>> take();
  Task<Result<void>> take_when_alone();
  Task<kube::LeaseAnswer> ask();
  Result<bool> decide(const kube::LeaseAnswer& answer, Waiting& waiting);
  Result<bool> decide_about_waiting(const kube::LeaseAnswer& answer, Waiting& waiting);
  Task<void> keep();
  void lose(Error error);

  LeasePolicy policy_;
  std::function<void(const std::string&)> say_;
  RunLeaseTimes times_;
  kube::Lease lease_;
  Target* target_ = nullptr;
  std::unique_ptr<kube::Client> client_;
  bool was_ours_ = false, refused_ = false, busy_ = false, reconnect_ = false;
  std::optional<Error> lost_;
  std::function<void(const Error&)> on_lost_;
  std::optional<Condition> idle_;
  Background keeping_;
};

}  // namespace zdt::cluster
