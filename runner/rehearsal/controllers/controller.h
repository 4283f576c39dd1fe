// What every controller is: a function from a key to a better store.
#pragma once
#include <compare>
#include <functional>
#include <optional>
#include <string_view>

#include "base/units.h"
#include "rehearsal/store/store.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

/// The object that a controller looks after; `ns` is "" for cluster-scoped ones.
struct Key {
  std::string ns, name;
  auto operator<=>(const Key&) const = default;
};

/// The key of a stored object.
Key key_of(const json& object);

/// requeue_after  when time alone will change the answer: look again then. Nothing: only after the next
/// event.
struct Outcome {
  std::optional<milliseconds> requeue_after;
};

/// The wall clock, so that tests can move it.
using Clock = std::function<WallTime()>;

/// Reads what is wanted and what is, and writes the difference to the store, synchronously. Level-triggered:
/// the event only says where to look, and a second call with nothing changed writes nothing.
class Controller {
 public:
  virtual ~Controller() = default;
  virtual std::string_view name() const = 0;
  /// The keys to look at after `event`. It may keep an index of its own, but must not change the store.
  virtual std::vector<Key> concerned(const Event& event) = 0;
  /// A failure is tried again, later and later. So is what it throws (an object of a shape that the API does not
  /// allow), which is also told on the object.
  virtual Result<Outcome> reconcile(const Key& key) = 0;
  /// The resource whose object `key` names: where a failure is told. "": on none.
  virtual std::string resource_of(const Key&) const { return ""; }
};

}  // namespace zdt::rehearsal
