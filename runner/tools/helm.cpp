#include "tools/helm.h"

#include "base/text.h"

namespace zdt::tools {
namespace {

using Words = std::vector<std::string>;

/// On SIGTERM helm marks the release as failed, which takes a call to the cluster (helm/helm cmd/helm/upgrade.go).
constexpr milliseconds kHelmGrace{15'000};

host::Command helm(Words arguments, milliseconds limit) {
  host::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "helm");
  command.limit = limit;
  command.capture_limit = 32 << 20;
  return command;
}

void add_chart(Words& words, const Release& release) {
  if (!release.repo.empty()) words.insert(words.end(), {"--repo", release.repo});
  if (!release.version.empty()) words.insert(words.end(), {"--version", release.version});
  if (!release.ns.empty()) words.insert(words.end(), {"--namespace", release.ns});
}

void add_target(Words& words, const HelmTarget& target) {
  words.insert(words.end(), {"--kubeconfig", target.kubeconfig.string()});
  if (!target.context.empty()) words.insert(words.end(), {"--kube-context", target.context});
}

/// `--values -` reads stdin; JSON is YAML.
void add_values(Words& words, std::optional<std::string>& input, const Release& release) {
  if (!release.values_file.empty()) words.insert(words.end(), {"--values", release.values_file.string()});
  if (!release.values.is_object() || release.values.empty()) return;
  words.insert(words.end(), {"--values", "-"});
  input = release.values.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string seconds(milliseconds value) {
  return fmt::format("{}s", std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(value).count()));
}

bool is_missing_release(const host::Exit& exit) {
  return lower(exit.err).find("not found") != std::string::npos;
}

}  // namespace

host::Command helm_upgrade_install(const Release& release, const HelmTarget& target) {
  Words words{"upgrade", "--install", release.name, release.chart};
  std::optional<std::string> input;
  add_chart(words, release);
  if (release.create_namespace && !release.ns.empty()) words.push_back("--create-namespace");
  add_values(words, input, release);
  if (release.wait) words.push_back("--wait");
  words.insert(words.end(), {"--timeout", seconds(release.timeout)});
  add_target(words, target);
  // helm itself ends the wait; the minute is for fetching the chart.
  host::Command command = helm(std::move(words), release.timeout + milliseconds(60'000));
  command.grace = kHelmGrace;
  command.input = std::move(input);
  return command;
}

host::Command helm_template(const Release& release) {
  Words words{"template", release.name, release.chart, "--include-crds"};
  std::optional<std::string> input;
  add_chart(words, release);
  add_values(words, input, release);
  host::Command command = helm(std::move(words), milliseconds(120'000));
  command.input = std::move(input);
  return command;
}

host::Command helm_uninstall(const Release& release, const HelmTarget& target) {
  Words words{"uninstall", release.name};
  if (!release.ns.empty()) words.insert(words.end(), {"--namespace", release.ns});
  if (release.wait) words.push_back("--wait");
  words.insert(words.end(), {"--timeout", seconds(release.timeout)});
  add_target(words, target);
  host::Command command = helm(std::move(words), release.timeout + milliseconds(10'000));
  command.grace = kHelmGrace;
  return command;
}

host::Command helm_status(const Release& release, const HelmTarget& target) {
  Words words{"status", release.name, "--output", "json"};
  if (!release.ns.empty()) words.insert(words.end(), {"--namespace", release.ns});
  add_target(words, target);
  return helm(std::move(words), milliseconds(60'000));
}

host::Command helm_list(const HelmTarget& target, const std::string& ns) {
  Words words{"list", "--output", "json"};
  if (ns.empty() || ns == "*") words.push_back("--all-namespaces");
  if (!ns.empty() && ns != "*") words.insert(words.end(), {"--namespace", ns});
  add_target(words, target);
  return helm(std::move(words), milliseconds(60'000));
}

std::string words_for(const Release& release) {
  std::string text = "helm: release " + release.name;
  if (!release.chart.empty()) text += ", chart " + release.chart;
  if (!release.version.empty()) text += " " + release.version;
  if (!release.repo.empty()) text += " of " + release.repo;
  return text;
}

Task<Result<json>> release_status(Runner runner, Release release, HelmTarget target) {
  auto exit = co_await runner(helm_status(release, target));
  if (!exit) co_return with_context(words_for(release), exit.error());
  if (!exit->ok() && is_missing_release(*exit)) co_return json();
  if (!exit->ok()) co_return tool_failure(words_for(release), *exit);
  if (trim(exit->out).empty()) co_return json();  // a plan's answer
  auto status = parse_json(exit->out, "helm status " + release.name);
  co_return status;
}

Task<Result<std::string>> clear_pending(Runner runner, Release release, HelmTarget target) {
  auto status = co_await release_status(runner, release, target);
  if (!status) co_return status.error();
  std::string pending = string_at(*status, {"info", "status"});
  if (!pending.starts_with("pending-")) co_return std::string();
  auto removed = co_await uninstall(std::move(runner), std::move(release), std::move(target));
  if (!removed) co_return removed.error();
  co_return pending;
}

Task<Result<bool>> uninstall(Runner runner, Release release, HelmTarget target) {
  auto exit = co_await runner(helm_uninstall(release, target));
  if (!exit) co_return with_context(words_for(release), exit.error());
  if (!exit->ok() && is_missing_release(*exit)) co_return false;
  if (!exit->ok()) co_return tool_failure(words_for(release), *exit);
  co_return true;
}

}  // namespace zdt::tools
