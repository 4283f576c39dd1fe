// Removes what belongs to nobody any more.
#pragma once
#include <map>
#include <set>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// An object all of whose owners (ownerReferences, by uid) are gone is deleted; one that still has a living
/// owner only loses the reference. Owners with the finalizer `orphan` let their dependents go, those with
/// `foregroundDeletion` wait for them (kubernetes.io/docs/concepts/architecture/garbage-collection). Keys are
/// owners' uids.
class GarbageCollector : public Controller {
 public:
  explicit GarbageCollector(Store& store);
  std::string_view name() const override { return "garbage-collector"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  struct Place {
    std::string resource;
    Key key;
    auto operator<=>(const Place&) const = default;
  };
  using Uid = std::string;

  void index(const Event& event);
  std::vector<Place> dependents_of(const Uid& owner) const;
  /// Without the reference to `owner`, or deleted when no other owner lives. Returns whether there was anything to do.
  Result<bool> collect(const Place& place, const Uid& owner);
  Result<void> drop_reference(const Place& place, const Uid& owner);
  /// Returns whether more dependents are to be asked in the next turn of the loop.
  Result<bool> finish_deletion(const Uid& owner, const Place& place);

  Store& store_;
  std::map<Uid, Place> living_;
  std::map<Uid, std::set<Place>> dependents_;
};

}  // namespace zdt::rehearsal
