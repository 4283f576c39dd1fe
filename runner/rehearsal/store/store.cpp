#include "rehearsal/store/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_limits.h"
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

Store::Store(size_t history_limit, size_t history_bytes)
    : history_limit_(history_limit), history_bytes_left_(history_bytes) {}

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
  return found == kind->second.end() ? nullptr : found->second;
}

std::vector<ObjectPtr> Store::list(const std::string& resource, const std::string& ns) const {
  std::vector<ObjectPtr> result;
  const auto kind = objects_.find(resource);
  if (kind == objects_.end()) return result;
  const auto& all = kind->second;
  for (auto entry = ns.empty() ? all.begin() : all.lower_bound({ns, ""}); entry != all.end(); ++entry) {
    if (!ns.empty() && entry->first.first != ns) break;
    result.push_back(entry->second);
  }
  return result;
}

Result<std::optional<Event>> Store::next(const std::string& resource, uint64_t& revision) const {
  if (revision < forgotten_) {
    return Error{Code::kExpired, fmt::format("too old resource version: {} ({})", revision, forgotten_), ""};
  }
  auto event = std::upper_bound(history_.begin(), history_.end(), revision,
                                [](uint64_t wanted, const Event& each) { return wanted < each.revision; });
  event = std::find_if(event, history_.end(), [&](const Event& each) { return each.resource == resource; });
  if (event == history_.end()) {
    revision = revision_;
    return std::optional<Event>();
  }
  revision = event->revision;
  return std::optional<Event>(*event);
}

void Store::forget_oldest() {
  forgotten_ = history_.front().revision;
  history_bytes_left_ += history_sizes_.front();
  history_.pop_front();
  history_sizes_.pop_front();
}

Store::Subscription Store::subscribe(Observer observer) {
  auto owned = std::make_shared<Observer>(std::move(observer));
  observers_.push_back(owned);
  return Subscription([owned]() mutable { owned.reset(); });
}

ObjectPtr Store::commit(Change change, const std::string& resource, json object, ObjectPtr previous) {
  object["metadata"]["resourceVersion"] = std::to_string(++revision_);
  const std::string ns = string_at(object, {"metadata", "namespace"});
  const std::string name = string_at(object, {"metadata", "name"});
  auto shared = std::make_shared<const json>(std::move(object));
  if (change == Change::kDeleted) {
    objects_[resource].erase({ns, name});
  } else {
    objects_[resource][{ns, name}] = shared;
  }
  const Event event{revision_, change, resource, shared, std::move(previous)};
  const size_t size = memory_of(*shared);
  while (!history_.empty() && (history_.size() >= history_limit_ || history_bytes_left_ < size)) forget_oldest();
  history_.push_back(event);
  history_sizes_.push_back(std::min(size, history_bytes_left_));
  history_bytes_left_ -= history_sizes_.back();
  for (auto entry = observers_.begin(); entry != observers_.end();) {
    const auto observer = entry->lock();
    if (observer) (*observer)(event);
    entry = observer ? std::next(entry) : observers_.erase(entry);
  }
  return shared;
}

}  // namespace zdt::rehearsal
