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

  /// What is kept to watch from: so many events, and so many bytes of memory of their objects.
  explicit Store(size_t history_limit = 10'000, size_t history_bytes = 128 << 20);

  /// Adds `object` (metadata.name or metadata.generateName required). Sets uid, creationTimestamp, generation 1 and
  /// resourceVersion. Fails kConflict (AlreadyExists), kInvalid (no name).
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
  /// The next event of `resource` after `revision`, which moves on to it, or to the present when there is none. Whoever
  /// follows by this needs no queue of his own. Fails kExpired when the history does not reach back that far.
  Result<std::optional<Event>> next(const std::string& resource, uint64_t& revision) const;

  /// `observer` is called at once for every change, in order. It must not change the store itself (post that).
  [[nodiscard]] Subscription subscribe(Observer observer);

 private:
  using Key = std::pair<std::string, std::string>;  // namespace, name
  ObjectPtr commit(Change change, const std::string& resource, json object, ObjectPtr previous);

  void forget_oldest();

  size_t history_limit_, history_bytes_left_;
  uint64_t revision_ = 0;
  uint64_t forgotten_ = 0;  // the newest revision that left the history
  std::map<std::string, std::map<Key, ObjectPtr>> objects_;
  std::deque<Event> history_;
  std::deque<size_t> history_sizes_;  // of the events' objects, in bytes
  std::list<std::weak_ptr<Observer>> observers_;  // each subscription owns its observer
};

/// What DELETE does. Pods that run on the node get deletionTimestamp = now + grace and deletionGracePeriodSeconds
/// (`grace_seconds` < 0: the pod's own terminationGracePeriodSeconds, 30 by default), a shorter grace shortens an
/// earlier one, grace 0 removes at once; objects with finalizers get a deletionTimestamp; all others are removed.
/// Returns the object as it is then. Fails kNotFound.
Result<ObjectPtr> request_deletion(Store& store, const std::string& resource, const std::string& ns,
                                   const std::string& name, int64_t grace_seconds = -1);

}  // namespace zdt::rehearsal
