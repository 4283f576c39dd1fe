// What every controller is: a function from a key to a better store.
#pragma once
#include <compare>
#include <functional>
#include <optional>
#include <string_view>

#include "base/units.h"
#include "rehearsal/store/store.h"

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
  /// A failure is tried again, later and later.
  virtual Result<Outcome> reconcile(const Key& key) = 0;
};

}  // namespace zdt::rehearsal
