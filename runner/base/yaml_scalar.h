// What a plain YAML scalar means. Inside of base.
#pragma once
#include <string>

#include "base/json.h"

namespace zdt {

/// null, a boolean, a number, or the text itself. One pass over `text`.
json plain_scalar(const std::string& text);

}  // namespace zdt
