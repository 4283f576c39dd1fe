// Which of several errors gives the exit code.
#pragma once
#include "base/error.h"

namespace zdt::stage {

/// Whether `one` counts more than `other`: interrupted, script error, environment, timed out, failed.
bool outweighs(Code one, Code other);

}  // namespace zdt::stage
