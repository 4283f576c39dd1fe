// observability/: the dashboard and its queries say the same, and Prometheus understands them.
#include <gtest/gtest.h>

#include <set>

#include "base/yaml.h"
#include "host/files.h"
#include "host/process.h"
#include "rehearsal/controllers/monitors_config.h"
#include "unit/host/on_loop.h"

namespace zdt::rehearsal {
namespace {

const host::fs::path kFolder = host::fs::path(ZDT_SOURCE) / "observability";

std::map<std::string, std::string> queries() {
  const json file = parse_yaml(host::read_file(kFolder / "queries.yaml").value(), "queries.yaml").value();
  return file.get<std::map<std::string, std::string>>();
}

json dashboard() { return json::parse(host::read_file(kFolder / "dashboards/zero-downtime.json").value()); }

TEST(Dashboard, ShowsExactlyTheNamedQueries) {
  std::set<std::string> named, shown;
  for (const auto& [name, query] : queries()) named.insert(query);
  const json board = dashboard();
  for (const json& panel : board["panels"]) {
    for (const json& target : panel["targets"]) shown.insert(target["expr"].get<std::string>());
  }
  EXPECT_EQ(shown, named);
}

TEST(Dashboard, TakesItsDataSourceFromAVariableAndPlacesPanelsWithoutOverlap) {
  const json board = dashboard();
  EXPECT_EQ(board["templating"]["list"][0]["name"], "datasource");
  std::set<std::pair<int, int>> cells;
  std::set<int> ids;
  for (const json& panel : board["panels"]) {
    EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second);
    EXPECT_EQ(panel["datasource"]["uid"], "${datasource}");
    const json& at = panel["gridPos"];
    for (int x = at["x"].get<int>(); x < at["x"].get<int>() + at["w"].get<int>(); ++x) {
      EXPECT_LT(x, 24);
      for (int y = at["y"].get<int>(); y < at["y"].get<int>() + at["h"].get<int>(); ++y)
        EXPECT_TRUE(cells.emplace(x, y).second) << panel["title"];
    }
  }
}

/// Runs promtool on a file with `content`; what it says when it does not like it.
std::string promtool(std::vector<std::string> arguments, const std::string& content) {
  const host::TempDir folder("zdt-promtool");
  const host::fs::path file = folder.path() / "file.yaml";
  host::write_file(file, content).value();
  host::Command command;
  command.argv = {std::string(ZDT_SOURCE) + "/build/tools/bin/promtool"};
  if (!host::fs::exists(command.argv[0])) command.argv[0] = "promtool";
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.argv.push_back(file);
  asio::io_context loop;
  auto exit = testing::on_loop(loop, host::run(std::move(command)), std::chrono::seconds(30));
  if (!exit) return exit.error().what;
  return exit->ok() ? "" : exit->out + exit->err;
}

bool has_promtool() {
  return host::fs::exists(std::string(ZDT_SOURCE) + "/build/tools/bin/promtool") ||
         !host::find_program("promtool").empty();
}

TEST(Dashboard, PrometheusUnderstandsEveryQuery) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not there: run zdt-demo once";
  json rules = json::array();
  for (const auto& [name, query] : queries()) rules.push_back({{"record", "zdt:" + name}, {"expr", query}});
  json group = {{"name", "queries"}, {"rules", std::move(rules)}};
  const json file = {{"groups", json::array({std::move(group)})}};
  EXPECT_EQ(promtool({"check", "rules"}, file.dump()), "");
}

TEST(Monitors, PrometheusUnderstandsTheConfigurationThatIsMadeOfThem) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not there: run zdt-demo once";
  Store store;
  store.create("namespaces", {{"metadata", {{"name", "default"}}}}).value();
  json prometheus;
  for (const char* file :
       {"service-monitors/web.yaml", "service-monitors/edge.yaml", "service-monitors/gateways.yaml",
        "rehearsal/state-metrics.yaml", "rehearsal/prometheus.yaml"}) {
    json object = parse_yaml(host::read_file(kFolder / file).value(), file).value();
    object["metadata"]["namespace"] = "default";
    const std::string kind = string_at(object, {"kind"});
    if (kind == "Prometheus") prometheus = object;
    if (kind == "ServiceMonitor") store.create(kServiceMonitors, object).value();
    if (kind == "PodMonitor") store.create(kPodMonitors, object).value();
  }
  const json configuration = prometheus_configuration(store, prometheus);
  EXPECT_EQ(configuration["scrape_configs"].size(), 5u);
  EXPECT_EQ(promtool({"check", "config", "--syntax-only"}, configuration.dump()), "");
}

}  // namespace
}  // namespace zdt::rehearsal
