// A lifecycle hook that runs beside its container.
#pragma once
#include "rehearsal/node/container.h"

namespace zdt::rehearsal {

/// Its end stops the hook.   outcome  set when it has ended by itself; shared, as the hook may outlast its
/// owner.
struct Container::HookRun {
  using Outcome = std::optional<Result<void>>;
  std::shared_ptr<Outcome> outcome = std::make_shared<Outcome>();
  Background task;

  bool ended() const { return outcome->has_value(); }
  bool failed() const { return ended() && outcome->value().has_error(); }
};

}  // namespace zdt::rehearsal
