// Lua files that only declare: setup.lua, scripts/lib/pins.lua.
#pragma once
#include "script/world.h"

namespace zdt::script {

/// Runs the file's top level and gives the table that it returns. Fails kUsage (no such file), kScript: an
/// error in it, or something in the table that is not plain data.
Task<Result<json>> read_data_file(World& world, host::fs::path file);

}  // namespace zdt::script
