// What a step worked on, so that a failure's diagnosis looks there.
#pragma once
#include <set>
#include <string>

#include "base/units.h"

namespace zdt::script {

/// since    when the step began; the epoch: unknown.
/// objects  namespace and name. Namespace "": the connection's own; name "": everything in that namespace.
struct Touched {
  WallTime since{};
  std::set<std::pair<std::string, std::string>> objects;
};

}  // namespace zdt::script
