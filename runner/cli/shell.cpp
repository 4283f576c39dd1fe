#include "cli/shell.h"

#include "host/foreground.h"

namespace zdt::cli {
namespace {

using Variables = std::map<std::string, std::string>;

/// Says which context is the current one; removed with the object.
class CurrentContext {
 public:
  CurrentContext(const cluster::Target& target, const host::fs::path& folder) {
    const std::string name = target.name();
    if (!name.starts_with("context:")) return;
    const json content{{"apiVersion", "v1"}, {"kind", "Config"}, {"current-context", name.substr(8)}};
    const host::fs::path file = folder / "shell-context.json";
    if (host::write_file(file, content.dump() + "\n", 0600)) file_ = file;
  }
  ~CurrentContext() {
    std::error_code gone;
    if (!file_.empty()) host::fs::remove(file_, gone);
  }
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

  /// The first file that names a current context wins:
  /// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
  std::string before(const std::string& kubeconfig) const {
    return file_.empty() ? kubeconfig : file_.string() + ":" + kubeconfig;
  }

 private:
  host::fs::path file_;
};

}  // namespace

Task<void> run_shell(host::Host& host, const cluster::Target& target, Variables variables, host::fs::path folder) {
  const std::string program = host.env("SHELL").empty() ? "/bin/sh" : host.env("SHELL");
  const CurrentContext context(target, folder);
  Variables environment = host.environment;
  if (const auto file = target.kubeconfig_file(); !file.empty()) {
    environment["KUBECONFIG"] = context.before(host::fs::absolute(file).string());
  }
  for (auto& [name, value] : variables) environment[name] = std::move(value);
  host.terminal.write_error(fmt::format("a shell; kubectl acts on {}; exit brings you back\n", target.name()));
  const auto lent = host.terminal.lend();
  auto code = co_await host::run_in_foreground(program, std::move(environment));
  if (!code) host.terminal.write_error(code.error().what + "\n");
  if (code && *code == 127) host.terminal.write_error(fmt::format("{} exited 127: is there such a program?\n", program));
  host.terminal.write_error("back on stage\n");
}

}  // namespace zdt::cli
