// Which NodePort comes out where on this machine, as the kind configuration says.
#include "base/text.h"
#include "base/yaml.h"
#include "cluster/kind.h"
#include "cluster/services.h"

namespace zdt::cluster {

Result<std::vector<PortMapping>> port_mappings(const host::fs::path& config) {
  auto text = host::read_file(config);
  if (!text) return Error{Code::kScript, text.error().what, ""};
  auto parsed = parse_yaml(*text, config.string());
  if (!parsed) return parsed.error();
  std::vector<PortMapping> mappings;
  for (const json& node : array_at(*parsed, {"nodes"})) {
    for (const json& entry : array_at(node, {"extraPortMappings"})) {
      const std::string address = string_at(entry, {"listenAddress"}, "127.0.0.1");
      mappings.push_back({static_cast<int>(int_at(entry, {"containerPort"})),
                          static_cast<int>(int_at(entry, {"hostPort"})),
                          address == "0.0.0.0" ? "127.0.0.1" : address});
    }
  }
  return mappings;
}

Result<std::string> node_image(const host::fs::path& config) {
  auto text = host::read_file(config);
  if (!text) return Error{Code::kScript, text.error().what, ""};
  auto parsed = parse_yaml(*text, config.string());
  if (!parsed) return parsed.error();
  const json& nodes = array_at(*parsed, {"nodes"});
  return nodes.empty() ? std::string() : string_at(nodes[0], {"image"});
}

namespace {

std::string ways(const std::vector<PortMapping>& mappings) {
  std::vector<std::string> texts;
  for (const PortMapping& mapping : mappings) texts.push_back(std::to_string(mapping.node_port));
  return join(texts, ", ");
}

}  // namespace

Result<Entrance> kind_entrance(const json& service, int port, const std::vector<PortMapping>& mappings) {
  const std::string name = string_at(service, {"metadata", "name"});
  const json& wanted = service_port(service, port);
  if (wanted.is_null()) {
    return Error{Code::kEnvironment, fmt::format("Service {} has no port {}", name, port),
                 "kubectl get svc " + name};
  }
  const int64_t node_port = int_at(wanted, {"nodePort"});
  for (const PortMapping& mapping : mappings) {
    if (node_port == mapping.node_port)
      return Entrance{fmt::format("http://{}:{}", mapping.address, mapping.host_port), ""};
  }
  const std::string balancer = load_balancer_address(service);
  if (!balancer.empty()) return Entrance{fmt::format("http://{}:{}", balancer, port), ""};
  return Error{
      Code::kEnvironment,
      node_port == 0
          ? fmt::format("nothing outside the Kind cluster leads to Service {} port {}", name, port)
          : fmt::format("NodePort {} of Service {} is not mapped to this machine", node_port, name),
      fmt::format("give it one of the nodePorts that manifests/kind-config.yaml maps: {}", ways(mappings))};
}

}  // namespace zdt::cluster
