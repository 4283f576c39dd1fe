#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

/// "80/TCP,443:30443/TCP".
std::string ports_of(const json& service) {
  std::vector<std::string> words;
  for (const json& port : array_at(service, {"spec", "ports"})) {
    const std::string protocol = string_at(port, {"protocol"}, "TCP");
    const int64_t number = int_at(port, {"port"}), node = int_at(port, {"nodePort"});
    words.push_back(node > 0 ? fmt::format("{}:{}/{}", number, node, protocol)
                             : fmt::format("{}/{}", number, protocol));
  }
  return joined(words, "<none>");
}

std::vector<std::string> external_addresses(const json& service) {
  std::vector<std::string> addresses;
  for (const json& ingress : array_at(service, {"status", "loadBalancer", "ingress"})) {
    addresses.push_back(string_at(ingress, {"ip"}, string_at(ingress, {"hostname"})));
  }
  for (const json& address : array_at(service, {"spec", "externalIPs"}))
    addresses.push_back(address.get<std::string>());
  return addresses;
}

std::string external_address(const json& service) {
  const std::string type = string_at(service, {"spec", "type"});
  if (type == "ExternalName") return string_at(service, {"spec", "externalName"});
  return joined(external_addresses(service), type == "LoadBalancer" ? "<pending>" : "<none>");
}

json service_cells(const json& service, WallTime now) {
  return json::array({name_cell(service), string_at(service, {"spec", "type"}, "ClusterIP"),
                      string_at(service, {"spec", "clusterIP"}, "<none>"), external_address(service),
                      ports_of(service), age_cell(service, now),
                      labels_text(at(service, {"spec", "selector"}))});
}

std::vector<std::string> slice_ports(const json& slice) {
  std::vector<std::string> words;
  for (const json& port : array_at(slice, {"ports"})) {
    const json& number = at(port, {"port"});
    words.push_back(number.is_number() ? number.dump() : string_at(port, {"name"}, "*"));
  }
  return words;
}

std::vector<std::string> slice_addresses(const json& slice) {
  std::vector<std::string> words;
  for (const json& endpoint : array_at(slice, {"endpoints"})) {
    for (const json& address : array_at(endpoint, {"addresses"})) words.push_back(address.get<std::string>());
  }
  return words;
}

json slice_cells(const json& slice, WallTime now) {
  return json::array({name_cell(slice), string_at(slice, {"addressType"}),
                      first_three(slice_ports(slice), "<unset>"),
                      first_three(slice_addresses(slice), "<unset>"), age_cell(slice, now)});
}

std::vector<std::string> subset_addresses(const json& endpoints) {
  std::vector<std::string> words;
  for (const json& subset : array_at(endpoints, {"subsets"})) {
    for (const std::string& address : each(array_at(subset, {"addresses"}), "ip")) {
      const auto ports = each(array_at(subset, {"ports"}), "port");
      if (ports.empty()) words.push_back(address);
      for (const std::string& port : ports) words.push_back(address + ":" + port);
    }
  }
  return words;
}

json endpoints_cells(const json& endpoints, WallTime now) {
  return json::array(
      {name_cell(endpoints), first_three(subset_addresses(endpoints), "<none>"), age_cell(endpoints, now)});
}

}  // namespace

std::optional<Printer> network_printer(const ResourceType& type) {
  const std::string resource = type.resource();
  if (resource == "services") {
    return Printer{{kNameColumn, text_column("Type"), text_column("Cluster-IP"), text_column("External-IP"), text_column("Port(s)"),
                    kAgeColumn, text_column("Selector", 1)},
                   service_cells};
  }
  if (resource == "endpointslices.discovery.k8s.io") {
    return Printer{{kNameColumn, text_column("AddressType"), text_column("Ports"), text_column("Endpoints"), kAgeColumn},
                   slice_cells};
  }
  if (resource == "endpoints") return Printer{{kNameColumn, text_column("Endpoints"), kAgeColumn}, endpoints_cells};
  return std::nullopt;
}

}  // namespace zdt::rehearsal::api
