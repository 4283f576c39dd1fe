// The scripts that the project ships: scripts/*.lua, scripts/experiments/*.lua, scripts/labs/*.lua.
#pragma once
#include "host/host.h"

namespace zdt::cli {

/// The files, deploy-all first, then by folder and name. A script is called as its file is.
std::vector<host::fs::path> script_files(const host::Host& host);

/// The file of script `name` (or a path that ends with .lua below scripts/). Fails kUsage with the nearest name.
Result<host::fs::path> find_script(const host::Host& host, const std::string& name);

}  // namespace zdt::cli
