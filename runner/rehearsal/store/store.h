// The rehearsal cluster's memory: every object, a revision that grows with each change, and a history to watch from.
// One thread (the loop); every call is synchronous and atomic, so controllers read, decide and write without locks.
#pragma once
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/store/weight.h"

namespace zdt::rehearsal {

/// Objects are shared and never changed in place.
using ObjectPtr = std::shared_ptr<const json>;

enum class Change { kAdded, kModified, kDeleted };

/// resource  "plural" or "plural.group": "pods", "deployments.apps".
/// object    the new state (for kDeleted the last one, with the revision of its removal).
/// previous  the state before; null for kAdded.
struct Event {
  uint64_t revision = 0;
  Change change = Change::kAdded;
  std::string resource;
  ObjectPtr object;
  ObjectPtr previous;
};

/// What a store takes, so that no client fills the machine's memory.
/// object_text    bytes of one object's JSON (etcd's --max-request-bytes).   object_depth  of its nesting.
/// memory         bytes of all objects, as they lie here.   history_memory  of the states that only the history holds.
/// pods           more than four times what four nodes run (110 each).   events  are the first to make room
///                (EventExpiry keeps fewer).
struct StoreLimits {
  size_t object_text = 3 << 19;
  size_t object_depth = Weight::kDeepest;
  size_t memory = size_t{1} << 30;
  size_t history_memory = size_t{192} << 20;
  size_t pods = 2'000;
  size_t events = 10'000;
};

class Store {
 public:
  using Observer = std::function<void(const Event&)>;
  /// Ends the observation when destroyed.
  class Subscription {
   public:
    Subscription() = default;
    explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
    Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, {})) {}
    Subscription& operator=(Subscription&& other) noexcept {
      std::swap(end_, other.end_);
      return *this;
    }
    ~Subscription() {
      if (end_) end_();
    }

   private:
    std::function<void()> end_;
  };

  /// `history_limit`: how many events are kept to watch from, fewer where they would be larger than the limits allow.
  explicit Store(size_t history_limit = 10'000, StoreLimits limits = {});

  /// Adds `object` (metadata.name or metadata.generateName required). Sets uid, creationTimestamp, generation 1 and
  /// resourceVersion. Fails kConflict (AlreadyExists), kInvalid (no name); as every write of an object that grows,
  /// kUsage (too large or too deep: "etcdserver: request is too large") and kEnvironment (no room: "exceeded quota: …").
  Result<ObjectPtr> create(const std::string& resource, json object);

  /// Replaces the object of the same namespace and name. uid and creationTimestamp stay; generation grows when anything
  /// outside metadata and status differs; an object that would not differ at all keeps its resourceVersion and nobody is
  /// told. Fails kNotFound; kConflict when metadata.resourceVersion is given and is not the current one.
  /// An object with a deletionTimestamp and no finalizers left is removed (pods excepted: their node removes them).
  Result<ObjectPtr> update(const std::string& resource, json object);

  /// Reads, lets `change` edit a copy, and writes: for controllers and the node. Fails kNotFound.
  Result<ObjectPtr> modify(const std::string& resource, const std::string& ns, const std::string& name,
                           const std::function<void(json&)>& change);

  /// Removes it at once, whatever its finalizers say. Fails kNotFound.
  Result<ObjectPtr> remove(const std::string& resource, const std::string& ns, const std::string& name);

  /// Null when there is none. `ns` is "" for cluster-scoped objects.
  ObjectPtr find(const std::string& resource, const std::string& ns, const std::string& name) const;
  /// In order of namespace and name; `ns` "" means all.
  std::vector<ObjectPtr> list(const std::string& resource, const std::string& ns = "") const;

  uint64_t revision() const { return revision_; }
  /// How many objects of `resource` there are.
  size_t count(const std::string& resource) const;
  /// The next event of `resource` after `revision`, which moves on to it, or to the present when there is none. Whoever
  /// follows by this needs no queue of his own. Fails kExpired when the history does not reach back that far.
  Result<std::optional<Event>> next(const std::string& resource, uint64_t& revision) const;

  /// `observer` is called at once for every change, in order. It must not change the store itself (post that). What it
  /// throws goes to the log: neither the writer nor the next observer is concerned.
  [[nodiscard]] Subscription subscribe(Observer observer);

 private:
  using Key = std::pair<std::string, std::string>;  // namespace, name
  struct Stored {
    ObjectPtr object;
    size_t memory = 0;
  };
  struct Remembered {
    Event event;
    size_t memory = 0;
  };
  Result<ObjectPtr> commit(Change change, const std::string& resource, json object, ObjectPtr previous);
  Result<void> check_room(const std::string& resource, const Weight& weight, const Stored* replaced) const;
  void put(Change change, const std::string& resource, const ObjectPtr& object, size_t memory);
  void remember(const Event& event, size_t memory);
  void tell(const Event& event);

  size_t history_limit_;
  uint64_t revision_ = 0;
  uint64_t forgotten_ = 0;  // the newest revision that left the history
  StoreLimits limits_;
  size_t memory_ = 0, history_memory_ = 0;
  std::map<std::string, std::map<Key, Stored>> objects_;
  std::deque<Remembered> history_;
  std::list<std::weak_ptr<Observer>> observers_;  // each subscription owns its observer
};

/// What DELETE does. Pods that run on the node get deletionTimestamp = now + grace and deletionGracePeriodSeconds
/// (`grace_seconds` < 0: the pod's own terminationGracePeriodSeconds, 30 by default), a shorter grace shortens an
/// earlier one, grace 0 removes at once; objects with finalizers get a deletionTimestamp; all others are removed.
/// Returns the object as it is then. Fails kNotFound.
Result<ObjectPtr> request_deletion(Store& store, const std::string& resource, const std::string& ns,
                                   const std::string& name, int64_t grace_seconds = -1);

}  // namespace zdt::rehearsal
