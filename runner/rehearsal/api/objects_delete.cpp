#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>

#include "rehearsal/api/objects.h"

namespace zdt::rehearsal::api {
namespace {

int64_t seconds_from(const std::string& text) {
  int64_t seconds = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size() || seconds < 0) {
    throw bad_request("gracePeriodSeconds: Invalid value: \"" + text + "\"");
  }
  return seconds;
}

/// Kubernetes takes any number; one that no clock can be moved by is refused here.
void check_grace(int64_t seconds) {
  if (seconds > INT32_MAX)
    throw bad_request(fmt::format("gracePeriodSeconds: Invalid value: {}: must not be greater than {}", seconds, INT32_MAX));
}

bool is_true(const json& value) { return value == true || value == "true" || value == "1"; }

void check_preconditions(const Place& place, const json& object, const Deletion& deletion) {
  const std::string uid = string_at(object, {"metadata", "uid"});
  if (!deletion.uid.empty() && deletion.uid != uid) {
    throw conflict(
        place.served.type, place.name,
        fmt::format(
            "the UID in the precondition ({}) does not match the UID in record ({}). The object might "
            "have been deleted and then recreated",
            deletion.uid, uid));
  }
  const std::string version = string_at(object, {"metadata", "resourceVersion"});
  if (!deletion.resource_version.empty() && deletion.resource_version != version) {
    throw conflict(
        place.served.type, place.name,
        fmt::format(
            "the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record "
            "({}). The object might have been modified",
            deletion.resource_version, version));
  }
}

/// The garbage collector's finalizer that `propagation` asks for, or "".
std::string finalizer_of(const std::string& propagation) {
  if (propagation == "Orphan") return "orphan";
  return propagation == "Foreground" ? "foregroundDeletion" : "";
}

void add_finalizer(json& object, const std::string& finalizer) {
  json& finalizers = object["metadata"]["finalizers"];
  if (finalizers.is_null()) finalizers = json::array();
  if (std::find(finalizers.begin(), finalizers.end(), finalizer) == finalizers.end())
    finalizers.push_back(finalizer);
}

bool is_protected(const Place& place) {
  return place.served.type.resource() == "namespaces" &&
         (place.name == "default" || place.name == "kube-system" || place.name == "kube-public");
}

}  // namespace

Deletion deletion_from(const json& options, const std::function<std::string(std::string_view)>& query) {
  Deletion deletion;
  deletion.grace_seconds = int_at(options, {"gracePeriodSeconds"}, -1);
  const std::string grace = query("gracePeriodSeconds");
  if (!grace.empty()) deletion.grace_seconds = seconds_from(grace);
  check_grace(deletion.grace_seconds);
  const bool orphan = is_true(at(options, {"orphanDependents"})) || is_true(json(query("orphanDependents")));
  const std::string asked = string_at(options, {"propagationPolicy"}, query("propagationPolicy"));
  if (!asked.empty()) deletion.propagation = asked;
  if (orphan) deletion.propagation = "Orphan";
  const auto& policy = deletion.propagation;
  if (policy != "Background" && policy != "Foreground" && policy != "Orphan") {
    throw bad_request("propagationPolicy: Unsupported value: \"" + policy +
                      "\": supported values: \"Background\", \"Foreground\", \"Orphan\"");
  }
  deletion.uid = string_at(options, {"preconditions", "uid"});
  deletion.resource_version = string_at(options, {"preconditions", "resourceVersion"});
  const json& trial = array_at(options, {"dryRun"});
  deletion.dry_run = query("dryRun") == "All" || std::find(trial.begin(), trial.end(), "All") != trial.end();
  return deletion;
}

json Objects::remove(const Place& place, const Deletion& deletion) {
  const ResourceType& type = place.served.type;
  const ObjectPtr current = get(place);
  if (is_protected(place)) throw forbidden(type, place.name, "this namespace may not be deleted");
  check_preconditions(place, *current, deletion);
  const std::string uid = string_at(*current, {"metadata", "uid"});
  if (deletion.dry_run) return success_status(type, place.name, uid);
  const std::string ns = type.namespaced ? place.ns : "", finalizer = finalizer_of(deletion.propagation);
  // A pod has no dependents, and its node waits for nobody's finalizer.
  if (!finalizer.empty() && type.resource() != "pods") {
    const auto marked = store_.modify(type.resource(), ns, place.name,
                                      [&](json& object) { add_finalizer(object, finalizer); });
    if (!marked) throw not_found(type, place.name);
  }
  if (type.resource() == kDefinitions) remove_instances(*current);
  const auto removed = request_deletion(store_, type.resource(), ns, place.name, deletion.grace_seconds);
  if (!removed) throw not_found(type, place.name);
  if (const ObjectPtr left = store_.find(type.resource(), ns, place.name)) return *as_version(type, left);
  return success_status(type, place.name, uid);
}

Task<std::vector<ObjectPtr>> Objects::remove_all(const ServedType& served, const std::string& ns,
                                                 const Selection& selection, const Deletion& deletion) {
  auto chosen = list(served, ns, selection);
  size_t count = 0;
  for (const ObjectPtr& object : chosen) {
    if (++count % 50 == 0) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    const Place place{served, string_at(*object, {"metadata", "namespace"}),
                      string_at(*object, {"metadata", "name"}), ""};
    if (is_protected(place)) continue;
    // One that a finalizer took along with another is what was wanted.
    if (store_.find(served.type.resource(), place.ns, place.name)) remove(place, deletion);
  }
  co_return chosen;
}

void Objects::remove_instances(const json& crd) {
  const std::string resource = string_at(crd, {"metadata", "name"});
  if (names_builtin(resource)) return;
  for (const ObjectPtr& object : store_.list(resource)) {
    const auto removed = store_.remove(resource, string_at(*object, {"metadata", "namespace"}),
                                       string_at(*object, {"metadata", "name"}));
    if (!removed) throw Failure(500, "InternalError", removed.error().what);
  }
}

}  // namespace zdt::rehearsal::api
