// What a run has set in motion goes on when the run is cut off. What a resume asks of the cluster, it asks again until that has settled.
#pragma once
#include <optional>
#include <string>

#include "base/units.h"
#include "host/task.h"

namespace zdt::stage {

/// look   what is still in motion, in words; "" when nothing. Null: nothing ever is.
/// say    is told, at first and then every 10 s, what is waited for.
/// limit  the longest wait.   every  the time between two looks.
/// grace  for so long nothing may be in motion before an answer is believed: who watches the cluster learns of a change later.
struct Settling {
  std::function<Task<std::string>()> look;
  std::function<void(const std::string& sentence)> say;
  milliseconds limit{300'000}, grace{0}, every{500};
};

/// What is missing, in words; nothing when all is there.
using Missing = std::optional<std::string>;

/// Asks `question` until nothing is missing, or all has settled. Returns its last answer.
Task<Missing> ask_until_settled(const Settling& settling, const std::function<Task<Missing>()>& question);

}  // namespace zdt::stage
