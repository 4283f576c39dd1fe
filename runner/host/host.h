// The outside world as one value, handed to every command, so that the command line runs whole, in process, under test.
#pragma once
#include <map>

#include "base/units.h"
#include "host/files.h"
#include "host/task.h"
#include "host/terminal.h"

namespace zdt::host {

/// environment  the process's variables.   root  the project folder (scripts/, manifests/).
/// build        where our own binaries lie (the demo application).   tools  private tools (Envoy, kubectl).
/// state        $XDG_STATE_HOME/zdt-demo: runs, clusters.   now  the wall clock.
struct Host {
  asio::io_context& loop;
  Terminal& terminal;
  std::map<std::string, std::string> environment;
  fs::path root, build, tools, state;
  std::function<WallTime()> now = [] { return std::chrono::system_clock::now(); };

  /// The variable's value, or "" when it is not set.
  std::string env(const std::string& name) const {
    auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
  }
};

/// The real one: environ, ZDT_ROOT (else the working folder), ZDT_BUILD, ZDT_TOOLS, XDG_STATE_HOME (else ~/.local/state).
Host real_host(asio::io_context& loop, Terminal& terminal);

}  // namespace zdt::host
