// The Services as nftables rules: pure functions, so that the rules can be read in a test.
#pragma once
#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

struct Target {
  Ipv4 address;
  uint16_t port = 0;
  auto operator<=>(const Target&) const = default;
};

enum class Protocol { kTcp, kUdp };

/// One port of a Service with a cluster IP, and where new connections to it go.
/// service    "namespace/name".   addresses  the cluster IP, or those of all nodes.
/// targets    in order of address. Only ready endpoints or, when none is ready, those that serve while
/// terminating
///            (kubernetes.io/docs/concepts/services-networking/endpoint-slices, "Conditions"; KEP-1669).
struct ServicePort {
  std::string service;
  std::vector<Ipv4> addresses;
  Protocol protocol = Protocol::kTcp;
  uint16_t port = 0;
  std::vector<Target> targets;
};

/// nodes  the Node objects: a node port is a port of its own, whose address is the set of the nodes' InternalIPs.
/// An address, port or protocol that is none leaves that endpoint, port or Service out, and goes into `left_out`.
std::vector<ServicePort> service_ports(const std::vector<ObjectPtr>& services,
                                       const std::vector<ObjectPtr>& slices,
                                       const std::vector<ObjectPtr>& nodes = {}, LeftOutList left_out = nullptr);

/// One transaction for libnftables that makes table `ip zdt_services` say exactly this, whatever it said
/// before. It is made of the values alone: no text of an object is in it. New connections only: DNAT by lot, as
/// kube-proxy's iptables rules do (statistic --mode random), on prerouting for pods and on output for the namespace
/// itself; masquerading for a pod that reaches itself, so that clients' addresses stay; TCP reset or ICMP for a port
/// without endpoints. A port whose only target is the Service's own address (kube-dns) is left out.
std::string ruleset(const std::vector<ServicePort>& ports);
std::string ruleset(const std::vector<ObjectPtr>& services, const std::vector<ObjectPtr>& slices);

}  // namespace zdt::rehearsal
