// A program that a person uses on our terminal.
#pragma once
#include <map>
#include <string>

#include "host/task.h"

namespace zdt::host {

/// Runs `program` (a path) without arguments and with these variables alone, on our own standard streams, until it ends; the loop
/// goes on meanwhile. Returns its exit status, 128 + signal as shells have it; 127 when it cannot be executed. Whoever had the
/// terminal has it again afterwards. A cancellation ends the program. Fails kEnvironment: no process can be made.
Task<Result<int>> run_in_foreground(std::string program, std::map<std::string, std::string> environment);

}  // namespace zdt::host
