#include "rehearsal/api/watch_events.h"

namespace zdt::rehearsal::api {
namespace {

/// The state before the change, with the revision of the change, as etcd's watch cache sends it.
ObjectPtr left_behind(const Event& event) {
  json object = *event.previous;
  object["metadata"]["resourceVersion"] = std::to_string(event.revision);
  return std::make_shared<const json>(std::move(object));
}

}  // namespace

std::optional<WatchEvent> seen_by(const Event& event, const ServedType& served, const std::string& ns,
                                  const Selection& selection) {
  if (event.resource != served.type.resource()) return std::nullopt;
  if (!ns.empty() && string_at(*event.object, {"metadata", "namespace"}) != ns) return std::nullopt;
  const bool before = event.previous && selection.matches(*event.previous);
  const bool after = event.change != Change::kDeleted && selection.matches(*event.object);
  if (!before && !after) return std::nullopt;
  if (!after) {
    const ObjectPtr last = event.change == Change::kDeleted ? event.object : left_behind(event);
    return WatchEvent{"DELETED", as_version(served.type, last)};
  }
  return WatchEvent{before ? "MODIFIED" : "ADDED", as_version(served.type, event.object)};
}

WatchEvent bookmark(const ServedType& served, uint64_t revision, bool initial_end) {
  json object = {{"kind", served.type.kind},
                 {"apiVersion", served.type.api_version()},
                 {"metadata", {{"resourceVersion", std::to_string(revision)}}}};
  if (initial_end) object["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
  return {"BOOKMARK", std::make_shared<const json>(std::move(object))};
}

}  // namespace zdt::rehearsal::api
