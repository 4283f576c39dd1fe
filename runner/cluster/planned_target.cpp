#include "cluster/planned_target.h"

#include "base/yaml.h"
#include "cluster/kind.h"
#include "cluster/services.h"
#include "kube/client.h"

namespace zdt::cluster {
namespace {

class PlannedTarget : public Target {
 public:
  PlannedTarget(host::Host& host, std::unique_ptr<Target> real, PlanSeams seams, host::fs::path kind_config)
      : host_(host),
        real_(std::move(real)),
        seams_(std::move(seams)),
        kind_config_(std::move(kind_config)),
        cluster_(std::make_shared<PlannedCluster>(seams_.record, seams_.is_fresh)) {}

  std::string name() const override { return real_->name(); }
  bool has(std::string_view capability) const override { return real_->has(capability); }
  host::fs::path kubeconfig_file() const override { return real_->kubeconfig_file(); }
  int node_count() const override { return real_->node_count(); }
  Task<Result<bool>> up() override;
  Task<Result<bool>> down() override;
  Result<kube::Connection> connection() override;
  Task<Result<Entrance>> entrance(std::string service, int port) override;

  PlannedCluster& cluster() { return *cluster_; }

 private:
  Task<Result<bool>> run(std::vector<std::string> argv);
  Result<Entrance> kind_way(const json& service, int port);
  host::Host& host_;
  std::unique_ptr<Target> real_;
  PlanSeams seams_;
  host::fs::path kind_config_;
  std::shared_ptr<PlannedCluster> cluster_;
};

Task<Result<bool>> PlannedTarget::run(std::vector<std::string> argv) {
  host::Command command;
  command.argv = std::move(argv);
  auto exit = co_await seams_.runner(std::move(command));
  if (!exit) co_return exit.error();
  co_return true;
}

Task<Result<bool>> PlannedTarget::up() {
  if (name() == "rehearsal") {
    std::vector<std::string> argv{"zdt-demo", "cluster", "up"};
    auto started = co_await run(std::move(argv));
    co_return started;
  }
  if (name() != "kind") {
    kube::Client client(co_await asio::this_coro::executor, *connection());
    auto version = co_await client.version();
    if (!version) co_return version.error();
    co_return false;
  }
  KindOptions options;
  options.runner = seams_.runner;
  options.planned = true;
  options.config = kind_config_;
  Kind kind(host_, std::move(options));
  auto made = co_await kind.up();
  co_return made;
}

Task<Result<bool>> PlannedTarget::down() {
  if (!has("create")) {
    auto refused = co_await real_->down();
    co_return refused;
  }
  std::vector<std::string> argv{"zdt-demo", "cluster", "down"};
  if (name() == "kind") argv = tools::kind_delete({Kind::kName, kubeconfig_file(), {}}).argv;
  auto ended = co_await run(std::move(argv));
  co_return ended;
}

Result<kube::Connection> PlannedTarget::connection() {
  kube::Connection connection;
  connection.context = name() == "kind" ? fmt::format("kind-{}", Kind::kName) : name();
  if (connection.context.starts_with("context:")) connection.context.erase(0, 8);
  connection.server = "https://the-cluster";
  connection.instead = cluster_;
  return connection;
}

/// Where the real one would find no way, the plan says so and goes on.
Result<Entrance> PlannedTarget::kind_way(const json& service, int port) {
  auto mappings = port_mappings(kind_config_);
  if (!mappings) return mappings.error();
  auto way = kind_entrance(service, port, *mappings);
  if (way) return way;
  if (string_at(service, {"spec", "type"}) != "LoadBalancer") {
    seams_.record({{"type", "note"}, {"text", way.error().what + "; " + way.error().hint}});
  }
  throw kube::Unanswered();
}

Task<Result<Entrance>> PlannedTarget::entrance(std::string service, int port) {
  kube::Client client(co_await asio::this_coro::executor, *connection());
  kube::Query query = service_query(service);
  const std::string name_of_service = query.name;
  auto object = co_await client.get(std::move(query));
  if (!object) co_return object.error();
  if (name() == "kind") co_return kind_way(*object, port);
  if (name() != "rehearsal") throw kube::Unanswered();
  co_return Entrance{fmt::format("http://{}:{}", name_of_service, port), ""};
}

/// The nodes of the Kind configuration, as the cluster will have them from the start.
std::vector<json> first_nodes(const json& config) {
  std::vector<json> nodes;
  int workers = 0;
  for (const json& entry : array_at(config, {"nodes"})) {
    const bool control_plane = string_at(entry, {"role"}) == "control-plane";
    std::string name = fmt::format("{}-control-plane", Kind::kName);
    if (!control_plane && ++workers > 0)
      name = fmt::format("{}-worker{}", Kind::kName, workers > 1 ? std::to_string(workers) : "");
    const std::string image = string_at(entry, {"image"});
    const size_t tag = image.find(':');
    json node{{"apiVersion", "v1"}, {"kind", "Node"}};
    node["metadata"] = {{"name", name},
                        {"labels", {{"kubernetes.io/hostname", name}, {"kubernetes.io/os", "linux"}}}};
    node["spec"] = json::object();
    if (control_plane) {
      const std::string role = "node-role.kubernetes.io/control-plane";
      node["metadata"]["labels"][role] = "";
      node["spec"]["taints"] = json::array({{{"key", role}, {"effect", "NoSchedule"}}});
    }
    node["status"] = {{"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})}};
    if (tag != std::string::npos)
      node["status"]["nodeInfo"]["kubeletVersion"] = image.substr(tag + 1, image.find('@') - tag - 1);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace

Result<std::unique_ptr<Target>> make_planned_target(host::Host& host, const std::string& wanted,
                                                    PlanSeams seams, TargetOptions target_options) {
  host::fs::path file = host.root / "manifests/kind-config.yaml";
  if (!target_options.kind_config.empty()) file = host::fs::absolute(target_options.kind_config);
  auto real = make_target(host, wanted, std::move(target_options));
  if (!real) return real.error();
  const bool made_by_us = (*real)->has("create");
  auto planned = std::make_unique<PlannedTarget>(host, std::move(*real), std::move(seams), file);
  auto text = host::read_file(file);
  auto config = text ? parse_yaml(*text, "kind-config.yaml") : Result<json>(text.error());
  if (made_by_us && config) {
    for (json& node : first_nodes(*config)) {
      const std::string path = "/api/v1/nodes/" + string_at(node, {"metadata", "name"});
      planned->cluster().add(path, std::move(node));
    }
  }
  return std::unique_ptr<Target>(std::move(planned));
}

}  // namespace zdt::cluster
