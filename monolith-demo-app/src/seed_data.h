#pragma once

#include <vector>

#include "rows.h"

namespace monolith {

/// The rows every process starts with. Ids are below Store::kFirstClientId; every project names a company of
/// these.
const std::vector<Company>& shipped_companies();
const std::vector<Project>& shipped_projects();

}  // namespace monolith
