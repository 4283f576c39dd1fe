#include "rehearsal/controllers/objects.h"

#include <fmt/format.h>

#include <algorithm>

namespace zdt::rehearsal {
namespace {

const json kNull;

bool meets(const json& expression, const json& labels) {
  const std::string key = string_at(expression, {"key"});
  const std::string op = string_at(expression, {"operator"});
  const bool present = labels.contains(key);
  if (op == "Exists") return present;
  if (op == "DoesNotExist") return !present;
  const json& values = array_at(expression, {"values"});
  const bool listed = present && std::find(values.begin(), values.end(), labels[key]) != values.end();
  return op == "In" ? listed : op == "NotIn" && !listed;
}

bool is_owned_by(const json& object, const json& owner) {
  return string_at(controller_of(object), {"uid"}) == string_at(owner, {"metadata", "uid"});
}

void release(json& object, const std::string& uid) {
  json kept = json::array();
  for (const json& reference : array_at(object, {"metadata", "ownerReferences"})) {
    if (string_at(reference, {"uid"}) != uid) kept.push_back(reference);
  }
  object["metadata"]["ownerReferences"] = std::move(kept);
}

void adopt(json& object, json reference) {
  json& references = object["metadata"]["ownerReferences"];
  if (!references.is_array()) references = json::array();
  references.push_back(std::move(reference));
}

}  // namespace

bool is_deleting(const json& object) { return !at(object, {"metadata", "deletionTimestamp"}).is_null(); }

const json& labels_of(const json& object) { return object_at(object, {"metadata", "labels"}); }

bool holds_labels(const json& labels, const json& wanted) {
  if (!wanted.is_object() || wanted.empty()) return false;
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& pair) {
    return labels.contains(pair.key()) && labels[pair.key()] == pair.value();
  });
}

bool selects(const json& selector, const json& labels) {
  const json& pairs = object_at(selector, {"matchLabels"});
  const json& expressions = array_at(selector, {"matchExpressions"});
  if (pairs.empty() && expressions.empty()) return false;
  if (!pairs.empty() && !holds_labels(labels, pairs)) return false;
  return std::all_of(expressions.begin(), expressions.end(),
                     [&](const json& each) { return meets(each, labels); });
}

json controller_reference(const json& owner, std::string_view api_version, std::string_view kind) {
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"name", string_at(owner, {"metadata", "name"})},
          {"uid", string_at(owner, {"metadata", "uid"})},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

const json& controller_of(const json& object) {
  for (const json& reference : array_at(object, {"metadata", "ownerReferences"})) {
    if (bool_at(reference, {"controller"})) return reference;
  }
  return kNull;
}

std::string controller_name(const json& object, std::string_view kind) {
  const json& controller = controller_of(object);
  return string_at(controller, {"kind"}) == kind ? string_at(controller, {"name"}) : "";
}

const json& condition_of(const json& object, std::string_view type) {
  for (const json& condition : array_at(object, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == type) return condition;
  }
  return kNull;
}

bool condition_is_true(const json& object, std::string_view type) {
  return string_at(condition_of(object, type), {"status"}) == "True";
}

std::vector<ObjectPtr> claim(Store& store, const std::string& resource, const json& owner,
                             std::string_view api_version, std::string_view kind) {
  std::vector<ObjectPtr> claimed;
  const std::string uid = string_at(owner, {"metadata", "uid"});
  for (const ObjectPtr& object : store.list(resource, string_at(owner, {"metadata", "namespace"}))) {
    const auto [ns, name] = key_of(*object);
    const bool matches = selects(at(owner, {"spec", "selector"}), labels_of(*object));
    const bool orphaned = controller_of(*object).is_null();
    if (is_owned_by(*object, owner)) {
      if (matches) claimed.push_back(object);
      if (matches || is_deleting(owner)) continue;
      (void)store.modify(resource, ns, name, [&](json& o) { release(o, uid); });  // just listed: it is there
    } else if (orphaned && matches && !is_deleting(*object) && !is_deleting(owner)) {
      auto adopted = store.modify(resource, ns, name,
                                  [&](json& o) { adopt(o, controller_reference(owner, api_version, kind)); });
      if (adopted) claimed.push_back(*adopted);
    }
  }
  return claimed;
}

bool selects_its_template(Store& store, const json& workload, std::string_view component, WallTime now) {
  const json& labels = object_at(workload, {"spec", "template", "metadata", "labels"});
  if (selects(at(workload, {"spec", "selector"}), labels)) return true;
  record_event(store, workload, "Warning", "InvalidSelector", "`selector` does not match template `labels`: nothing is done",
               component, now);
  return false;
}

json sound_status(const json& object) {
  json status = object_at(object, {"status"});
  if (!status.contains("conditions")) return status;
  json sound = json::array();
  for (const json& each : array_at(status, {"conditions"})) {
    if (each.is_object()) sound.push_back(each);
  }
  status["conditions"] = std::move(sound);
  return status;
}

void put_count(json& status, const char* field, int64_t value) {
  if (value != 0) {
    status[field] = value;
  } else {
    status.erase(field);
  }
}

uint32_t fnv32a(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace zdt::rehearsal
