// Programs that this project drives (docker, kind, helm): how they are started, and how their failures are
// told.
#pragma once
#include "host/process.h"

namespace zdt::tools {

/// Runs a command as host::run() does; a plan puts one in its place that only writes the command down.
using Runner = std::function<Task<Result<host::Exit>>(host::Command)>;

/// What is told of a tool's output while it runs, one whole line at a time.
using OnLine = std::function<void(std::string_view line)>;

/// An `on_output` that cuts both streams into lines, without the ends that terminals are drawn with.
std::function<void(host::Stream, std::string_view)> by_lines(OnLine on_line);

/// Runs `command`; a failure is told in words. what  names the work: "docker build of zdt/monolith:v0.1.0".
/// Fails kEnvironment (the tool is missing, its daemon does not answer, a quota, a full disk, an unreachable
/// repository), kTimeout, else kFailed with the tool's last line of error.
Task<Result<host::Exit>> run_tool(Runner runner, host::Command command, std::string what);

/// The sentence and the hint for a tool that ended with another code than 0. Known causes are named; the rest
/// is the tool's own last line of error.
Error tool_failure(std::string_view what, const host::Exit& exit);

/// The line that says why: the last one that begins with "error" (in any case), else the last one that is not
/// empty.
std::string last_error_line(const host::Exit& exit);

/// "29.1.3" -> {29, 1}; nothing when the text does not begin with a version ("v" before it is skipped).
std::optional<std::pair<int, int>> version_of(std::string_view text);

/// The command as a person would type it: quoted for a POSIX shell, environment first, `<<'EOF'` after it for
/// its input.
std::string shell_line(const host::Command& command);

}  // namespace zdt::tools
