// The events of one watch: what changes in the store look like to somebody who selects.
#pragma once
#include "rehearsal/api/objects.h"

namespace zdt::rehearsal::api {

/// type    "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR".
struct WatchEvent {
  std::string type;
  ObjectPtr object;
};

/// An object that enters the selection is added, one that leaves it is deleted (its last selected state, with
/// the revision of the change). Nothing when the watch does not see the change.
std::optional<WatchEvent> seen_by(const Event& event, const ServedType& served, const std::string& ns,
                                  const Selection& selection);

/// A bookmark at `revision`. initial_end: the mark that all objects of the beginning were sent.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks
WatchEvent bookmark(const ServedType& served, uint64_t revision, bool initial_end);

}  // namespace zdt::rehearsal::api
