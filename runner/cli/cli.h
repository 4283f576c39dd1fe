// The command line as a function, so that tests run it whole.
#pragma once
#include "host/host.h"

namespace zdt::cli {

/// Parses `arguments` (without the program's name) and runs the command. Returns the exit code: 0 passed, 1 failed,
/// 2 usage or script, 3 environment (among it: stdout could not be written to), 4 timed out, 130 interrupted, 141 stdout's
/// reader left before the end.
int run_command_line(host::Host& host, std::vector<std::string> arguments);

/// Writes "zdt-demo: what" and the hint to stderr; returns the error's exit code.
int report_error(host::Terminal& terminal, const Error& error);

/// Runs a task on the host's loop until it is done. Ctrl-C before it installed a handler of its own ends the program.
int run_on_loop(host::Host& host, Task<int> task);

}  // namespace zdt::cli
