#include "rehearsal/api/managed_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/structured_merge.h"

namespace zdt::rehearsal::api {
namespace {

/// One entry of managedFields.
struct Owner {
  Manager manager;
  bool applied = false;  // by server-side apply
  FieldSet fields;
  bool is(const Manager& other, bool by_apply) const {
    return manager.name == other.name && applied == by_apply && manager.subresource == other.subresource;
  }
};

std::vector<Owner> owners_of(const json& object) {
  std::vector<Owner> owners;
  for (const json& entry : array_at(object, {"metadata", "managedFields"})) {
    const Manager manager{string_at(entry, {"manager"}), string_at(entry, {"subresource"}),
                          string_at(entry, {"apiVersion"}), string_at(entry, {"time"})};
    owners.push_back(
        {manager, string_at(entry, {"operation"}) == "Apply", from_fields_v1(at(entry, {"fieldsV1"}))});
  }
  return owners;
}

json entry_of(const Owner& owner) {
  json entry = {{"manager", owner.manager.name},
                {"operation", owner.applied ? "Apply" : "Update"},
                {"apiVersion", owner.manager.api_version},
                {"time", owner.manager.time},
                {"fieldsType", "FieldsV1"},
                {"fieldsV1", to_fields_v1(owner.fields)}};
  if (!owner.manager.subresource.empty()) entry["subresource"] = owner.manager.subresource;
  return entry;
}

/// In Kubernetes' order, so that a write that changes nothing leaves the object as it was.
void write_owners(json& object, std::vector<Owner> owners) {
  std::stable_sort(owners.begin(), owners.end(), [](const Owner& a, const Owner& b) {
    return std::tuple(!a.applied, a.manager.time, a.manager.name) <
           std::tuple(!b.applied, b.manager.time, b.manager.name);
  });
  json entries = json::array();
  for (const Owner& owner : owners) {
    if (!owner.fields.empty()) entries.push_back(entry_of(owner));
  }
  object["metadata"].erase("managedFields");
  if (!entries.empty()) object["metadata"]["managedFields"] = std::move(entries);
}

/// How one object differs from another.
struct Difference {
  FieldSet changed;  // added, or with another value
  FieldSet removed;
};

Difference difference(const Leaves& before, const Leaves& after) {
  Difference found;
  auto old = before.begin();
  const auto drop_until = [&](const FieldPath* path) {
    for (; old != before.end() && (path == nullptr || old->first < *path); ++old) found.removed.insert(found.removed.end(), old->first);
  };
  for (const auto& [path, value] : after) {
    drop_until(&path);
    const bool was_there = old != before.end() && old->first == path;
    if (!was_there || *old->second != *value) found.changed.insert(found.changed.end(), path);
    if (was_there) ++old;
  }
  drop_until(nullptr);
  return found;
}

void take_away(FieldSet& fields, const FieldSet& unwanted) {
  for (const FieldPath& path : unwanted) fields.erase(path);
}

bool owns_at_or_below(const FieldSet& fields, const FieldPath& path) {
  const auto first = fields.lower_bound(path);
  return first != fields.end() && first->is_within(path);
}

/// Whether `path` is a key of the list item at `item`: it stays as long as the item does.
bool is_key_of(const FieldPath& path, const FieldPath& item) {
  if (path.parent() != item) return false;
  return item.last().find('"' + path.last().substr(2) + "\":") != std::string::npos;
}

/// The fields with those above them: who owned a leaf of a probe owned the probe, defaults included, when it
/// leaves. structured-merge-diff does the same in fieldpath.Set.EnsureNamedFieldsAreMembers. The top level
/// (spec, metadata) is nobody's, and labels and annotations are everybody's: controllers write theirs past
/// managedFields.
FieldSet with_parents(const FieldSet& fields) {
  const FieldPath metadata{"f:metadata"};
  FieldSet all = fields;
  for (const FieldPath& path : fields) {
    if (path.is_within(metadata)) continue;
    // Who finds one above in the set finds those above that one there, too.
    for (FieldPath above = path.parent(); above.size() >= 2; above.pop()) {
      if (above.last().starts_with("f:") && !all.insert(above).second) break;
    }
  }
  return all;
}

/// Removes what the manager applied before and left out now, unless somebody else owns it or something below
/// it.
void prune(json& merged, const FieldSet& before, const FieldSet& now, const std::vector<Owner>& others) {
  FieldSet kept_items, unowned;
  for (const FieldPath& path : with_parents(before)) {  // parents come before what is below them
    if (owns_at_or_below(now, path)) continue;
    const bool shared = std::any_of(others.begin(), others.end(),
                                    [&](const Owner& other) { return owns_at_or_below(other.fields, path); });
    const FieldPath item = path.parent();
    const bool is_key = kept_items.contains(item) && is_key_of(path, item);
    if (!shared && !is_key) unowned.insert(path);
    if (shared && !path.last().starts_with("f:")) kept_items.insert(path);
  }
  remove_fields(merged, unowned);
}

using Conflicts = std::vector<std::pair<std::string, FieldPath>>;  // the other manager, its field

/// The words of structured-merge-diff's Conflicts.Error() (merge/conflict.go): one manager's fields as a
/// list.
std::string conflict_text(const Conflicts& conflicts) {
  std::map<std::string, std::vector<std::string>> fields_by_manager;
  for (const auto& [manager, path] : conflicts) fields_by_manager[manager].push_back(dotted(path));
  std::vector<std::string> sentences;
  for (const auto& [manager, fields] : fields_by_manager) {
    sentences.push_back(fields.size() == 1
                            ? fmt::format("conflict with {}: {}", manager, fields[0])
                            : fmt::format("conflicts with {}:\n- {}", manager, join(fields, "\n- ")));
  }
  return join(sentences, "\n");
}

Failure conflict_failure(const Conflicts& conflicts) {
  json causes = json::array();
  for (const auto& [manager, path] : conflicts) {
    causes.push_back({{"reason", "FieldManagerConflict"},
                      {"message", "conflict with " + manager},
                      {"field", dotted(path)}});
  }
  const char* plural = conflicts.size() == 1 ? "" : "s";
  const std::string message =
      fmt::format("Apply failed with {} conflict{}: {}", conflicts.size(), plural, conflict_text(conflicts));
  return Failure(409, "Conflict", message, {{"causes", causes}});
}

std::string described(const Owner& owner) {
  if (owner.applied) return fmt::format("\"{}\"", owner.manager.name);
  const std::string part = owner.manager.subresource.empty()
                               ? ""
                               : fmt::format(" with subresource \"{}\"", owner.manager.subresource);
  return fmt::format("\"{}\"{} using {}", owner.manager.name, part, owner.manager.api_version);
}

/// Takes the changed fields away from their other owners, or refuses.
void settle(std::vector<Owner>& others, const FieldSet& contested, bool force) {
  Conflicts conflicts;
  for (Owner& other : others) {
    for (const FieldPath& path : contested) {
      if (other.fields.contains(path)) conflicts.emplace_back(described(other), path);
    }
    if (force) take_away(other.fields, contested);
  }
  if (!force && !conflicts.empty()) throw conflict_failure(conflicts);
}

FieldSet fields_of(const json& object, const Shape& shape) {
  FieldSet fields;
  for (const auto& [path, value] : leaves_of(object, shape)) fields.insert(fields.end(), path);
  return owned_fields(fields);
}

}  // namespace

json with_ownership(const json& before, json after, const Manager& manager, const Shape& shape) {
  const bool named = at(after, {"metadata", "managedFields"}).is_array();
  std::vector<Owner> owners = owners_of(named ? after : before);
  const auto old_leaves = before.is_null() ? Leaves() : leaves_of(before, shape);
  Difference found = difference(old_leaves, leaves_of(after, shape));
  FieldSet mine = owned_fields(found.changed);
  if (mine.empty() && found.removed.empty()) {
    if (!named && !before.is_null())
      after["metadata"]["managedFields"] = at(before, {"metadata", "managedFields"});
    if (at(after, {"metadata", "managedFields"}).empty()) after["metadata"].erase("managedFields");
    return after;
  }
  for (Owner& owner : owners) {
    take_away(owner.fields, found.removed);
    if (!owner.is(manager, false)) take_away(owner.fields, mine);
  }
  auto own = std::find_if(owners.begin(), owners.end(),
                          [&](const Owner& owner) { return owner.is(manager, false); });
  if (own == owners.end()) own = owners.insert(owners.end(), Owner{manager, false, {}});
  if (!mine.empty()) own->manager = manager;
  own->fields.merge(mine);
  write_owners(after, owners);
  return after;
}

json apply_configuration(const json& live, const json& config, const Manager& manager, bool force,
                         const Shape& shape) {
  std::vector<Owner> others = owners_of(live);
  const auto own =
      std::find_if(others.begin(), others.end(), [&](const Owner& owner) { return owner.is(manager, true); });
  Owner mine{manager, true, {}};
  FieldSet before;
  std::string last_time;
  if (own != others.end()) {
    before = own->fields;
    last_time = own->manager.time;
    others.erase(own);
  }
  mine.fields = fields_of(config, shape);
  json merged = live.is_null() ? config : structured_merge(live, config, shape);
  const auto old_leaves = live.is_null() ? Leaves() : leaves_of(live, shape);
  FieldSet contested;
  for (const FieldPath& path : difference(old_leaves, leaves_of(merged, shape)).changed) {
    if (mine.fields.contains(path)) contested.insert(path);
  }
  settle(others, contested, force);
  prune(merged, before, mine.fields, others);
  const Difference whole = difference(old_leaves, leaves_of(merged, shape));
  for (Owner& other : others) take_away(other.fields, whole.removed);
  if (mine.fields == before && !last_time.empty()) mine.manager.time = last_time;
  others.push_back(std::move(mine));
  write_owners(merged, others);
  check_size(merged);
  return merged;
}

}  // namespace zdt::rehearsal::api
