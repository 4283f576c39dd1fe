#include "rehearsal/controllers/garbage_collector.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr size_t kBatchOfDependents = 100;  // a turn of the loop

std::string uid_of(const json& object) { return string_at(object, {"metadata", "uid"}); }

std::vector<std::string> owners_of(const json& object) {
  std::vector<std::string> owners;
  for (const json& reference : array_at(object, {"metadata", "ownerReferences"})) {
    owners.push_back(string_at(reference, {"uid"}));
  }
  return owners;
}

bool has_finalizer(const json& object, std::string_view finalizer) {
  const json& all = array_at(object, {"metadata", "finalizers"});
  return std::find(all.begin(), all.end(), json(finalizer)) != all.end();
}

void erase_from(json& list, const std::function<bool(const json&)>& unwanted) {
  json kept = json::array();
  for (const json& each : list) {
    if (!unwanted(each)) kept.push_back(each);
  }
  list = std::move(kept);
}

}  // namespace

GarbageCollector::GarbageCollector(Store& store) : store_(store) {}

void GarbageCollector::index(const Event& event) {
  const Place place{event.resource, key_of(*event.object)};
  if (event.previous) {
    for (const Uid& owner : owners_of(*event.previous)) {
      auto known = dependents_.find(owner);
      if (known == dependents_.end()) continue;
      known->second.erase(place);
      if (known->second.empty()) dependents_.erase(known);
    }
  }
  if (event.change == Change::kDeleted) {
    living_.erase(uid_of(*event.object));
    return;
  }
  living_[uid_of(*event.object)] = place;
  for (const Uid& owner : owners_of(*event.object)) dependents_[owner].insert(place);
}

std::vector<Key> GarbageCollector::concerned(const Event& event) {
  index(event);
  std::vector<Key> keys;
  if (event.change == Change::kDeleted || is_deleting(*event.object))
    keys.push_back({"", uid_of(*event.object)});
  if (event.change == Change::kModified && owners_of(*event.previous) == owners_of(*event.object)) {
    return keys;
  }
  for (const Uid& owner : owners_of(*event.object)) keys.push_back({"", owner});
  return keys;
}

Result<Outcome> GarbageCollector::reconcile(const Key& key) {
  const auto owner = living_.find(key.name);
  if (owner != living_.end()) {
    const auto finished = finish_deletion(key.name, Place(owner->second));
    if (!finished) return finished.error();
    return *finished ? Outcome{milliseconds(0)} : Outcome{};
  }
  size_t acted = 0;
  for (const Place& place : dependents_of(key.name)) {
    if (acted == kBatchOfDependents) return Outcome{milliseconds(0)};
    const auto collected = collect(place, key.name);
    if (!collected) return collected.error();
    acted += *collected ? 1 : 0;
  }
  return Outcome{};
}

std::vector<GarbageCollector::Place> GarbageCollector::dependents_of(const Uid& owner) const {
  const auto known = dependents_.find(owner);
  if (known == dependents_.end()) return {};
  return {known->second.begin(), known->second.end()};
}

Result<bool> GarbageCollector::collect(const Place& place, const Uid& owner) {
  const ObjectPtr object = store_.find(place.resource, place.key.ns, place.key.name);
  if (!object || is_deleting(*object)) return false;
  const auto owners = owners_of(*object);
  if (std::any_of(owners.begin(), owners.end(), [&](const Uid& each) { return living_.contains(each); })) {
    const auto dropped = drop_reference(place, owner);
    if (!dropped) return dropped.error();
    return true;
  }
  const auto asked = request_deletion(store_, place.resource, place.key.ns, place.key.name);
  if (!asked) return asked.error();
  return true;
}

Result<void> GarbageCollector::drop_reference(const Place& place, const Uid& owner) {
  const auto dropped = store_.modify(place.resource, place.key.ns, place.key.name, [&](json& changed) {
    erase_from(changed["metadata"]["ownerReferences"],
               [&](const json& reference) { return string_at(reference, {"uid"}) == owner; });
  });
  if (!dropped) return dropped.error();
  return {};
}

Result<bool> GarbageCollector::finish_deletion(const Uid& owner, const Place& place) {
  const ObjectPtr object = store_.find(place.resource, place.key.ns, place.key.name);
  if (!object || !is_deleting(*object)) return false;
  const bool orphan = has_finalizer(*object, "orphan"),
             foreground = has_finalizer(*object, "foregroundDeletion");
  if (!orphan && !foreground) return false;
  size_t acted = 0;
  for (const Place& each : dependents_of(owner)) {
    if (acted == kBatchOfDependents) return true;
    const ObjectPtr dependent = store_.find(each.resource, each.key.ns, each.key.name);
    if (!orphan && (!dependent || is_deleting(*dependent))) continue;
    ++acted;
    Result<void> done = Result<void>();
    if (orphan) done = drop_reference(each, owner);
    if (!orphan) {
      const auto asked = request_deletion(store_, each.resource, each.key.ns, each.key.name);
      if (!asked) done = asked.error();
    }
    if (!done) return done.error();
  }
  if (!dependents_of(owner).empty()) return false;
  const auto finished = store_.modify(place.resource, place.key.ns, place.key.name, [](json& changed) {
    erase_from(changed["metadata"]["finalizers"],
               [](const json& each) { return each == "orphan" || each == "foregroundDeletion"; });
  });
  if (!finished) return finished.error();
  return false;
}

}  // namespace zdt::rehearsal
