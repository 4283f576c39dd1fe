#include "rehearsal/store/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/guard.h"
#include "base/text.h"
#include "base/units.h"
#include "rehearsal/store/finalizers.h"

namespace zdt::rehearsal {
namespace {

/// The words of apimachinery's NewNotFound, NewAlreadyExists and NewConflict (pkg/api/errors/errors.go).
Error not_found(const std::string& resource, const std::string& name) {
  return {Code::kNotFound, fmt::format("{} \"{}\" not found", resource, name), ""};
}

Error already_exists(const std::string& resource, const std::string& name) {
  return {Code::kConflict, fmt::format("{} \"{}\" already exists", resource, name), ""};
}

Error modified_meanwhile(const std::string& resource, const std::string& name) {
  return {Code::kConflict,
          fmt::format(
              "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply your "
              "changes to the latest version and try again",
              resource, name),
          ""};
}

/// Whether `a` and `b` differ in anything but metadata and status.
bool specification_differs(const json& a, const json& b) {
  auto covered = [](const std::string& key) { return key == "metadata" || key == "status"; };
  for (const auto& [key, value] : a.items()) {
    if (!covered(key) && (!b.contains(key) || b[key] != value)) return true;
  }
  for (const auto& [key, value] : b.items()) {
    if (!covered(key) && !a.contains(key)) return true;
  }
  return false;
}

/// In the words of the quota admission (apiserver/pkg/admission/plugin/resourcequota/controller.go).
Error exceeded_quota(std::string_view what, size_t requested, size_t used, size_t limit) {
  return {Code::kEnvironment,
          fmt::format("exceeded quota: rehearsal, requested: {0}={1}, used: {0}={2}, limited: {0}={3}", what, requested,
                      used, limit),
          ""};
}

std::pair<std::string, std::string> key_in(const json& object) {
  return {string_at(object, {"metadata", "namespace"}), string_at(object, {"metadata", "name"})};
}

bool is_finished_deletion(const std::string& resource, const json& object) {
  if (at(object, {"metadata", "deletionTimestamp"}).is_null() || has_finalizers(resource, object))
    return false;
  return resource != "pods" || int_at(object, {"metadata", "deletionGracePeriodSeconds"}, -1) == 0;
}

/// What a writer cannot change.
void keep_identity(json& object, const json& previous) {
  json& metadata = object["metadata"];
  for (const char* field : {"uid", "creationTimestamp", "resourceVersion"}) {
    metadata[field] = at(previous, {"metadata", field});
  }
  const int64_t generation = int_at(previous, {"metadata", "generation"}, 1);
  metadata["generation"] = generation + (specification_differs(object, previous) ? 1 : 0);
}

}  // namespace

Store::Store(size_t history_limit, StoreLimits limits) : history_limit_(history_limit), limits_(limits) {}

Result<ObjectPtr> Store::create(const std::string& resource, json object) {
  const std::string ns = string_at(object, {"metadata", "namespace"});
  std::string name = string_at(object, {"metadata", "name"});
  const std::string prefix = string_at(object, {"metadata", "generateName"});
  if (name.empty() && prefix.empty()) {
    return Error{Code::kInvalid, "metadata.name: Required value: name or generateName is required", ""};
  }
  if (name.empty()) {
    do name = prefix + random_suffix(5);
    while (find(resource, ns, name));
  }
  if (find(resource, ns, name)) return already_exists(resource, name);
  json& metadata = object["metadata"];
  metadata["name"] = name;
  metadata["uid"] = random_uuid();
  metadata["creationTimestamp"] = format_time(std::chrono::system_clock::now());
  metadata["generation"] = 1;
  return commit(Change::kAdded, resource, std::move(object), nullptr);
}

Result<ObjectPtr> Store::update(const std::string& resource, json object) {
  const std::string ns = string_at(object, {"metadata", "namespace"});
  const std::string name = string_at(object, {"metadata", "name"});
  const ObjectPtr previous = find(resource, ns, name);
  if (!previous) return not_found(resource, name);
  const std::string expected = string_at(object, {"metadata", "resourceVersion"});
  if (!expected.empty() && expected != string_at(*previous, {"metadata", "resourceVersion"})) {
    return modified_meanwhile(resource, name);
  }
  keep_identity(object, *previous);
  if (is_finished_deletion(resource, object))
    return commit(Change::kDeleted, resource, std::move(object), previous);
  if (object == *previous) return previous;
  return commit(Change::kModified, resource, std::move(object), previous);
}

Result<ObjectPtr> Store::modify(const std::string& resource, const std::string& ns, const std::string& name,
                                const std::function<void(json&)>& change) {
  const ObjectPtr current = find(resource, ns, name);
  if (!current) return not_found(resource, name);
  json object = *current;
  change(object);
  return update(resource, std::move(object));
}

Result<ObjectPtr> Store::remove(const std::string& resource, const std::string& ns, const std::string& name) {
  const ObjectPtr current = find(resource, ns, name);
  if (!current) return not_found(resource, name);
  return commit(Change::kDeleted, resource, *current, current);
}

ObjectPtr Store::find(const std::string& resource, const std::string& ns, const std::string& name) const {
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return nullptr;
  const auto found = kind->second.find({ns, name});
  return found == kind->second.end() ? nullptr : found->second.object;
}

size_t Store::count(const std::string& resource) const {
  const auto kind = objects_.find(resource);
  return kind == objects_.end() ? 0 : kind->second.size();
}

std::vector<ObjectPtr> Store::list(const std::string& resource, const std::string& ns) const {
  std::vector<ObjectPtr> result;
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return result;
  const auto& all = kind->second;
  for (auto entry = ns.empty() ? all.begin() : all.lower_bound({ns, ""}); entry != all.end(); ++entry) {
    if (!ns.empty() && entry->first.first != ns) break;
    result.push_back(entry->second.object);
  }
  return result;
}

Result<std::optional<Event>> Store::next(const std::string& resource, uint64_t& revision) const {
  if (revision < forgotten_) {
    return Error{Code::kExpired, fmt::format("too old resource version: {} ({})", revision, forgotten_), ""};
  }
  auto entry = std::upper_bound(history_.begin(), history_.end(), revision,
                                [](uint64_t wanted, const Remembered& each) { return wanted < each.event.revision; });
  entry = std::find_if(entry, history_.end(), [&](const Remembered& each) { return each.event.resource == resource; });
  if (entry == history_.end()) {
    revision = revision_;
    return std::optional<Event>();
  }
  revision = entry->event.revision;
  return std::optional<Event>(entry->event);
}

Store::Subscription Store::subscribe(Observer observer) {
  auto owned = std::make_shared<Observer>(std::move(observer));
  observers_.push_back(owned);
  return Subscription([owned]() mutable { owned.reset(); });
}

Result<ObjectPtr> Store::commit(Change change, const std::string& resource, json object, ObjectPtr previous) {
  const Weight weight = weight_of(object);
  if (change != Change::kDeleted) {
    const Stored* replaced = previous ? &objects_[resource].at(key_in(object)) : nullptr;
    if (auto fits = check_room(resource, weight, replaced); !fits) return fits.error();
  }
  if (!weight.finite) drop_non_finite(object);
  object["metadata"]["resourceVersion"] = std::to_string(++revision_);
  auto shared = std::make_shared<const json>(std::move(object));
  put(change, resource, shared, weight.memory);
  const Event event{revision_, change, resource, shared, std::move(previous)};
  remember(event, weight.memory);
  tell(event);
  return shared;
}

/// Only what grows is refused: an object that shrinks, or goes, makes room. What is there already may still grow by a
/// sixteenth, so that it can say how it is and be deleted when the store is full.
Result<void> Store::check_room(const std::string& resource, const Weight& weight, const Stored* replaced) const {
  if (replaced != nullptr && weight.memory <= replaced->memory) return {};
  const auto limit = [replaced](size_t of_new) { return replaced != nullptr ? of_new + of_new / 16 : of_new; };
  if (weight.text > limit(limits_.object_text) || weight.depth > limits_.object_depth)
    return Error{Code::kUsage, "etcdserver: request is too large", ""};
  const size_t before = replaced != nullptr ? replaced->memory : 0;
  if (memory_ - before + weight.memory > limit(limits_.memory))
    return exceeded_quota("memory", weight.memory - before, memory_, limits_.memory);
  if (replaced != nullptr) return {};
  if (resource == "pods" && count(resource) >= limits_.pods)
    return exceeded_quota("pods", 1, count(resource), limits_.pods);
  if (resource == "events" && count(resource) >= limits_.events)
    return exceeded_quota("count/events", 1, count(resource), limits_.events);
  return {};
}

void Store::put(Change change, const std::string& resource, const ObjectPtr& object, size_t memory) {
  auto& all = objects_[resource];
  const Key key = key_in(*object);
  if (const auto known = all.find(key); known != all.end()) memory_ -= known->second.memory;
  if (change == Change::kDeleted) {
    all.erase(key);
    return;
  }
  all[key] = {object, memory};
  memory_ += memory;
}

void Store::remember(const Event& event, size_t memory) {
  history_.push_back({event, memory});
  history_memory_ += memory;
  while (history_.size() > history_limit_ || (history_memory_ > limits_.history_memory && history_.size() > 1)) {
    forgotten_ = history_.front().event.revision;
    history_memory_ -= history_.front().memory;
    history_.pop_front();
  }
}

void Store::tell(const Event& event) {
  for (auto entry = observers_.begin(); entry != observers_.end();) {
    const auto observer = entry->lock();
    if (observer) guarded("an observer of the store", [&] { (*observer)(event); });
    entry = observer ? std::next(entry) : observers_.erase(entry);
  }
}

}  // namespace zdt::rehearsal
