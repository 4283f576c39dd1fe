#include "host/host.h"

#include <unistd.h>

namespace zdt::host {

Host real_host(asio::io_context& loop, Terminal& terminal) {
  Host host{loop, terminal, {}, {}, {}, {}, {}, [] { return std::chrono::system_clock::now(); }};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) host.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  const auto folder = [&host](const char* variable, const fs::path& fallback) {
    const std::string value = host.env(variable);
    return fs::absolute(value.empty() ? fallback : fs::path(value));
  };
  host.root = folder("ZDT_ROOT", fs::current_path());
  host.build = folder("ZDT_BUILD", host.root / "build");
  host.tools = folder("ZDT_TOOLS", host.build / "tools");
  host.state = folder("XDG_STATE_HOME", fs::path(host.env("HOME")) / ".local/state") / "zdt-demo";
  return host;
}

}  // namespace zdt::host
