#include "rehearsal/controllers/service_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

/// `ct state new` in the filter chains, because packets of established connections pass there, too, and stay
/// welcome. Hook priorities are numbers: nft knows no name for -100 on output.
constexpr std::string_view kFrame = R"(add table ip zdt_services
add chain ip zdt_services refuse_prerouting { type filter hook prerouting priority -110; policy accept; }
add chain ip zdt_services refuse_output { type filter hook output priority -110; policy accept; }
add chain ip zdt_services prerouting { type nat hook prerouting priority -100; policy accept; }
add chain ip zdt_services output { type nat hook output priority -100; policy accept; }
add chain ip zdt_services postrouting { type nat hook postrouting priority 100; policy accept; }
add chain ip zdt_services refuse
add chain ip zdt_services services
flush chain ip zdt_services refuse_prerouting
flush chain ip zdt_services refuse_output
flush chain ip zdt_services prerouting
flush chain ip zdt_services output
flush chain ip zdt_services postrouting
flush chain ip zdt_services refuse
flush chain ip zdt_services services
add rule ip zdt_services refuse_prerouting ct state new jump refuse
add rule ip zdt_services refuse_output ct state new jump refuse
add rule ip zdt_services prerouting jump services
add rule ip zdt_services output jump services
)";

bool has_cluster_ip(const json& service) {
  const std::string address = string_at(service, {"spec", "clusterIP"});
  return !address.empty() && address != "None" && string_at(service, {"spec", "type"}) != "ExternalName";
}

/// Nothing for SCTP and what is no protocol.
std::optional<Protocol> protocol_at(const json& port) {
  const std::string name = string_at(port, {"protocol"}, "TCP");
  if (name == "TCP") return Protocol::kTcp;
  return name == "UDP" ? std::optional(Protocol::kUdp) : std::nullopt;
}

std::string_view name_of(Protocol protocol) { return protocol == Protocol::kTcp ? "tcp" : "udp"; }

/// A field as a message shows it.
std::string field_text(const json& object, Path path) {
  return at(object, path).dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 100);
}

/// The slices of each Service, so that nobody looks through all of them for each port.
using SlicesByService = std::map<Key, std::vector<ObjectPtr>>;

SlicesByService by_service(const std::vector<ObjectPtr>& slices) {
  SlicesByService all;
  for (const ObjectPtr& slice : slices) {
    if (string_at(*slice, {"addressType"}, "IPv4") != "IPv4") continue;
    all[{key_of(*slice).ns, string_at(labels_of(*slice), {kServiceNameLabel})}].push_back(slice);
  }
  return all;
}

/// The number of the port called `name` in a slice; nothing when it has none that is one.
std::optional<uint16_t> port_in(const json& slice, const std::string& name, Protocol protocol, LeftOutList left_out) {
  for (const json& port : array_at(slice, {"ports"})) {
    if (string_at(port, {"name"}) != name || protocol_at(port) != protocol) continue;
    const auto number = port_at(port, {"port"});
    if (!number)
      leave_out(left_out, kEndpointSlices, slice,
                fmt::format("port {} is none from 1 to 65535: no connection goes to it", field_text(port, {"port"})));
    return number;
  }
  return std::nullopt;
}

/// What the slices say about one port.
struct Choice {
  std::set<Target> ready, serving_while_terminating;

  void add(const json& slice, const json& endpoint, uint16_t port, LeftOutList left_out) {
    const json& conditions = object_at(endpoint, {"conditions"});
    const json& addresses = array_at(endpoint, {"addresses"});
    if (addresses.empty()) return;
    const json& first = addresses.front();
    const auto address = first.is_string() ? Ipv4::parse(first.get<std::string>()) : std::nullopt;
    if (!address) {
      return leave_out(left_out, kEndpointSlices, slice,
                       fmt::format("endpoint {} is no IPv4 address: no connection goes to it", field_text(first, {})));
    }
    const Target target{*address, port};
    const bool is_ready =
        bool_at(conditions, {"ready"}, true);  // unknown counts as ready (EndpointConditions)
    if (is_ready) ready.insert(target);
    if (bool_at(conditions, {"serving"}, is_ready) && bool_at(conditions, {"terminating"})) {
      serving_while_terminating.insert(target);
    }
  }

  std::vector<Target> targets() const {
    const auto& chosen = ready.empty() ? serving_while_terminating : ready;
    return {chosen.begin(), chosen.end()};
  }
};

std::vector<Target> targets_of(const std::vector<ObjectPtr>& slices, const json& port, Protocol protocol,
                               LeftOutList left_out) {
  Choice choice;
  for (const ObjectPtr& slice : slices) {
    const auto number = port_in(*slice, string_at(port, {"name"}), protocol, left_out);
    if (!number) continue;
    for (const json& endpoint : array_at(*slice, {"endpoints"})) choice.add(*slice, endpoint, *number, left_out);
  }
  return choice.targets();
}

std::vector<Ipv4> internal_addresses(const std::vector<ObjectPtr>& nodes, LeftOutList left_out) {
  std::vector<Ipv4> all;
  for (const ObjectPtr& node : nodes) {
    for (const json& address : array_at(*node, {"status", "addresses"})) {
      if (string_at(address, {"type"}) != "InternalIP") continue;
      const auto parsed = ipv4_at(address, {"address"});
      if (parsed) all.push_back(*parsed);
      if (!parsed)
        leave_out(left_out, "nodes", *node,
                  fmt::format("InternalIP {} is no IPv4 address: no node port answers there",
                              field_text(address, {"address"})));
    }
  }
  return all;
}

/// "10.96.0.7", or "{ 172.18.0.2, 172.18.0.3 }".
std::string address_set(const std::vector<Ipv4>& addresses) {
  if (addresses.size() == 1) return addresses.front().text();
  std::vector<std::string> all;
  for (const Ipv4& each : addresses) all.push_back(each.text());
  return "{ " + join(all, ", ") + " }";
}

std::string match_of(const ServicePort& port) {
  return fmt::format("ip daddr {} {} dport {}", address_set(port.addresses), name_of(port.protocol), port.port);
}

std::string refuse_rule(const ServicePort& port) {
  const std::string_view how = port.protocol == Protocol::kTcp ? "meta l4proto tcp reject with tcp reset" : "reject";
  return fmt::format("add rule ip zdt_services refuse {} {}\n", match_of(port), how);
}

/// One rule a target: the first takes one in N new connections by lot, the next one in N-1 of the others, the
/// last the rest. A map from the number to the target would be shorter, but its elements end with the
/// transaction that replaces it, while a packet may still walk the old rules: it then matches nothing, and
/// its SYN goes to the bare cluster IP.
std::string forward_rules(const ServicePort& port) {
  std::string text;
  size_t left = port.targets.size();
  for (const Target& target : port.targets) {
    const std::string lot = left > 1 ? fmt::format("numgen random mod {} 0 ", left) : "";
    text += fmt::format("add rule ip zdt_services services {} {}dnat to {}:{}\n", match_of(port), lot,
                        target.address.text(), target.port);
    --left;
  }
  return text;
}

std::string hairpin_rules(const std::set<Ipv4>& addresses) {
  std::string text;
  for (const Ipv4& each : addresses) {
    text += fmt::format(
        "add rule ip zdt_services postrouting ct status dnat ip saddr {0} ip daddr {0} masquerade\n", each.text());
  }
  return text;
}

bool leads_to_itself(const ServicePort& port) {
  return port.targets.size() == 1 && port.addresses.size() == 1 &&
         port.targets.front() == Target{port.addresses.front(), port.port};
}

/// What all Services of one look share.
struct Surroundings {
  SlicesByService slices;
  std::vector<Ipv4> node_addresses;
  LeftOutList left_out;
};

void add_port(std::vector<ServicePort>& ports, const json& service, Ipv4 address, const json& port,
              const Surroundings& around) {
  const auto protocol = protocol_at(port);
  if (!protocol) return;
  const auto number = port_at(port, {"port"});
  if (!number) {
    return leave_out(around.left_out, "services", service,
                     fmt::format("port {} is none from 1 to 65535: nothing answers there", field_text(port, {"port"})));
  }
  const Key key = key_of(service);
  const auto slices = around.slices.find(key);
  const std::vector<ObjectPtr> none;
  ServicePort added{key.ns + "/" + key.name, {address}, *protocol, *number,
                    targets_of(slices == around.slices.end() ? none : slices->second, port, *protocol, around.left_out)};
  ports.push_back(added);
  const auto node_port = port_at(port, {"nodePort"});
  if (!node_port || around.node_addresses.empty()) return;
  added.addresses = around.node_addresses;
  added.port = *node_port;
  ports.push_back(std::move(added));
}

}  // namespace

std::vector<ServicePort> service_ports(const std::vector<ObjectPtr>& services,
                                       const std::vector<ObjectPtr>& slices,
                                       const std::vector<ObjectPtr>& nodes, LeftOutList left_out) {
  std::vector<ServicePort> ports;
  const Surroundings around{by_service(slices), internal_addresses(nodes, left_out), left_out};
  for (const ObjectPtr& service : services) {
    if (!has_cluster_ip(*service)) continue;
    const auto address = ipv4_at(*service, {"spec", "clusterIP"});
    if (!address) {
      leave_out(left_out, "services", *service,
                fmt::format("clusterIP {} is no IPv4 address: nothing answers there",
                            field_text(*service, {"spec", "clusterIP"})));
      continue;
    }
    for (const json& port : array_at(*service, {"spec", "ports"})) add_port(ports, *service, *address, port, around);
  }
  return ports;
}

std::string ruleset(const std::vector<ServicePort>& ports) {
  std::string text(kFrame);
  std::set<Ipv4> addresses;
  for (const ServicePort& port : ports) {
    if (leads_to_itself(port)) continue;
    text += port.targets.empty() ? refuse_rule(port) : forward_rules(port);
    for (const Target& target : port.targets) addresses.insert(target.address);
  }
  return text + hairpin_rules(addresses);
}

std::string ruleset(const std::vector<ObjectPtr>& services, const std::vector<ObjectPtr>& slices) {
  return ruleset(service_ports(services, slices));
}

}  // namespace zdt::rehearsal
