// YAML to JSON, with YAML 1.2 core types as Kubernetes reads them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace zdt {

/// Every document of `text` that is not empty. `source` (a file name) stands in errors: `file:line:column: why`.
/// Fails kScript. Plain scalars become null, bool (true/false), integers, floats, else strings; quoted ones strings.
Result<std::vector<json>> parse_yaml_documents(std::string_view text, std::string_view source);

/// The only document of `text`; kScript when there is none or more than one.
Result<json> parse_yaml(std::string_view text, std::string_view source);

}  // namespace zdt
