// What a script may reach: the safe parts of the standard library, and `require` below scripts/.
#pragma once
#include <filesystem>
#include <lua.hpp>

#include "base/error.h"

namespace zdt::script {

/// Absent: io, os (but clock, date and time), package, debug, coroutine, dofile, loadfile, load of bytecode,
/// string.dump. print() goes to the run's log. `require "lib.traffic"` reads <scripts>/lib/traffic.lua once.
void open_sandbox(lua_State* state, const std::filesystem::path& scripts);

/// Loads (does not run) a script as text; the function is then on the stack. Fails kScript: file, line, offending line.
Result<void> load_file(lua_State* state, const std::filesystem::path& file, const std::filesystem::path& scripts);

/// Adds the source line to an error whose sentence begins with "file:line:". File names are relative to `scripts`.
Error with_offending_line(Error error, const std::filesystem::path& scripts);

}  // namespace zdt::script
