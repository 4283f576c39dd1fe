#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/library.h"
#include "script/script.h"

namespace zdt::cli {

Task<int> list_scripts(host::Host& host, bool as_json) {
  json rows = json::array();
  int code = 0;
  for (const auto& file : script_files(host)) {
    auto script = co_await script::Script::load(host, nullptr, file);
    if (!script) {
      code = report_error(host.terminal, script.error());
      continue;
    }
    const auto& d = (*script)->declaration();
    rows.push_back({{"name", file.stem().string()}, {"title", d.title}, {"needs", d.needs}, {"params", d.params}, {"file", d.file}});
  }
  if (as_json) {
    host.terminal.write_json(rows);
    co_return code;
  }
  size_t width = 4;
  for (const json& row : rows) width = std::max(width, string_at(row, {"name"}).size());
  for (const json& row : rows) {
    const auto needs = at(row, {"needs"}).get<std::vector<std::string>>();
    host.terminal.write(fmt::format("{:<{}}  {}{}\n", string_at(row, {"name"}), width, string_at(row, {"title"}),
                                    needs.empty() ? "" : fmt::format("  (needs {})", join(needs, ", "))));
  }
  co_return code;
}

}  // namespace zdt::cli
