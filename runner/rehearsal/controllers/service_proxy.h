// kube-proxy's part: the Services' rules follow their EndpointSlices, a little later.
#pragma once
#include <deque>
#include <map>
#include <set>

#include <boost/asio/thread_pool.hpp>

#include "base/units.h"
#include "host/netns.h"
#include "host/task.h"
#include "rehearsal/controllers/service_rules.h"

namespace zdt::rehearsal {

/// A pod's address that new connections to a Service no longer go to.
/// time  when the rules were in force.   service  "namespace/name".
struct EndpointRemoval {
  WallTime time;
  std::string service, address;
};

/// sync_delay      from the first change that is not in the rules yet to the sync; what changes meanwhile
/// goes along. removals_kept   how many removals are remembered, the newest ones.
struct ProxyOptions {
  milliseconds sync_delay{1000};
  milliseconds retry_delay{1000};
  size_t removals_kept = 1000;
};

/// Keeps the rules in step with the store until its end; they stay behind then, and go with the namespace. What is no
/// address or port is left out, with an event LeftOut on its object. When the whole is refused, the Services that are
/// the cause are found by halving, told and left out, those that were in force being tried first; when none of them can
/// be put in force, the rules stay as they were and all is tried again. One loop only.
class ServiceProxy {
 public:
  /// Puts a ruleset in force. It is called on a thread of the proxy's own, one call at a time: for thousands of Services
  /// the kernel takes longer than the loop may wait.
  using Apply = std::function<Result<void>(const std::string& ruleset)>;
  using Observer = std::function<void(const EndpointRemoval&)>;

  ServiceProxy(asio::any_io_executor executor, Store& store, Apply apply, ProxyOptions options = {});

  /// nftables inside `network`, on another thread there than the one that makes sockets. Fails kEnvironment.
  static Result<Apply> nftables_in(std::shared_ptr<host::NetworkNamespace> network);

  /// Counts from the next change.
  void set_sync_delay(milliseconds delay) { options_.sync_delay = delay; }
  /// How often the rules were put in force. The first time comes without delay.
  uint64_t syncs() const { return syncs_; }
  /// Returns when every change so far is in force.
  Task<void> synced();

  const std::deque<EndpointRemoval>& removals() const { return removals_; }
  /// Called at each removal, on the loop.
  void observe_removals(Observer observer) { observers_.push_back(std::move(observer)); }

 private:
  using Addresses = std::map<std::string, std::set<std::string>>;  // by Service

  void schedule(milliseconds delay);
  struct Rules;
  void begin_sync();
  void end_sync();
  Task<void> sync(std::weak_ptr<bool> alive);
  void take(Rules rules);
  void note_removals(Addresses now_in_force);

  Store& store_;
  Apply apply_;
  ProxyOptions options_;
  asio::steady_timer timer_;
  Condition in_force_;
  bool pending_ = false, syncing_ = false, again_ = false;
  uint64_t syncs_ = 0;
  Addresses addresses_;
  std::set<std::string> known_good_;  // the Services that were in force last
  std::deque<EndpointRemoval> removals_;
  std::vector<Observer> observers_;
  LeftOutEvents events_;
  Background work_;
  asio::thread_pool beside_{1};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription subscription_;
};

}  // namespace zdt::rehearsal
