#include "rehearsal/node/network.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <thread>

namespace zdt::rehearsal {
namespace {

/// /proc/sys/net shows the namespace of the thread that opens it.
void write_setting(const std::string& name, const std::string& value) {
  std::ofstream("/proc/sys/net/" + name) << value;
}

struct EmptySpace {
  OwnedNamespaces spaces;
  host::UniqueFd routes;
};

Error no_namespace(int reason) {
  return {Code::kEnvironment, fmt::format("cannot make a network namespace: {}", std::strerror(reason)), ""};
}

/// In a thread of its own: joins the network namespace, or makes one. A namespace lives as long as something refers to
/// it, so the thread may end. Returns an errno.
int enter_space(EmptySpace& made) {
  host::UniqueFd& network = made.spaces.network;
  if ((network ? setns(network.get(), CLONE_NEWNET) : unshare(CLONE_NEWNET)) != 0) return errno;
  if (!network) network.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  // As containerd 2 does, so that an ordinary user may listen on port 80.
  write_setting("ipv4/ip_unprivileged_port_start", "0");
  made.routes.reset(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  return made.routes && network ? 0 : errno;
}

Result<EmptySpace> make_space(const UserRange& range) {
  EmptySpace made;
  if (range.first > 0) {
    auto owned = make_owned_namespaces(range);
    if (!owned) return owned.error();
    made.spaces = std::move(*owned);
  }
  int reason = 0;
  std::thread([&made, &reason] { reason = enter_space(made); }).join();
  if (reason != 0) return no_namespace(reason);
  return made;
}

Result<void> configure_pod_side(RouteSocket& routes, const std::string& address, unsigned prefix,
                                const std::string& gateway) {
  if (auto up = routes.set_up("lo"); !up) return up;
  if (auto given = routes.add_address("eth0", address, prefix); !given) return given;
  if (auto up = routes.set_up("eth0"); !up) return up;
  return routes.add_default_route(gateway);
}

}  // namespace

PodSandbox::~PodSandbox() { network_->remove(device_, address_); }

std::string PodSandbox::path() const { return fmt::format("/proc/{}/fd/{}", getpid(), spaces_.network.get()); }

std::string PodSandbox::user_path() const {
  return spaces_.user ? fmt::format("/proc/{}/fd/{}", getpid(), spaces_.user.get()) : "";
}

Result<std::shared_ptr<PodNetwork>> PodNetwork::create(std::shared_ptr<host::NetworkNamespace> cluster,
                                                       const NodeOptions& options,
                                                       const std::string& service_range) {
  auto whole = AddressPool::parse(options.pod_range);
  if (!whole) return whole.error();
  host::UniqueFd socket(cluster->make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  if (!socket)
    return Error{Code::kEnvironment, fmt::format("cannot reach rtnetlink: {}", std::strerror(errno)), ""};
  std::shared_ptr<PodNetwork> network(
      new PodNetwork(std::move(cluster), std::move(*whole), RouteSocket(std::move(socket))));
  if (auto done = network->set_up(service_range); !done) return done.error();
  for (const NodeIdentity& node : options.nodes) {
    if (auto added = network->add_node(node); !added) return added.error();
  }
  return network;
}

Result<void> PodNetwork::set_up(const std::string& service_range) {
  if (auto made = routes_.add_bridge(kBridge); !made) return made;
  if (auto given = routes_.add_address(kBridge, gateway(), whole_.prefix()); !given) return given;
  if (auto up = routes_.set_up(kBridge); !up) return up;
  cluster_->run([] {
    write_setting("ipv4/ip_forward", "1");
    write_setting("bridge/bridge-nf-call-iptables", "1");
  });
  // Without it a connection to a Service fails in the route look-up, before the address is translated.
  return routes_.add_route(service_range, kBridge);
}

/// The addresses of the nodes are on the bridge, where pods and Services reach them by the default route.
Result<void> PodNetwork::add_node(const NodeIdentity& node) {
  auto pool = AddressPool::parse(node.pod_range);
  if (!pool) return pool.error();
  pools_.emplace(node.name, std::move(*pool));
  return routes_.add_address(kBridge, node.address, 32);
}

Result<std::unique_ptr<PodSandbox>> PodNetwork::add_pod(const std::string& node, const UserRange& range) {
  auto made = make_space(range);
  if (!made) return made.error();
  const auto pool = pools_.find(node);
  if (pool == pools_.end()) return Error{Code::kEnvironment, fmt::format("there is no node {}", node), ""};
  auto address = pool->second.take();
  if (!address) return address.error();
  const std::string device = fmt::format("veth{}", next_device_++);
  // Made first, so that whatever fails below is undone with it.
  auto sandbox = std::make_unique<PodSandbox>(shared_from_this(), std::move(made->spaces), device, *address);
  const host::UniqueFd space(open(sandbox->path().c_str(), O_RDONLY | O_CLOEXEC));
  if (auto added = routes_.add_veth(device, kBridge, "eth0", space.get()); !added) return added.error();
  if (auto allowed = routes_.allow_hairpin(device); !allowed) return allowed.error();
  RouteSocket inside(std::move(made->routes));
  if (auto set = configure_pod_side(inside, *address, whole_.prefix(), gateway()); !set) return set.error();
  return sandbox;
}

void PodNetwork::remove(const std::string& device, const std::string& address) {
  if (auto removed = routes_.remove_link(device); !removed) spdlog::warn("{}", removed.error().what);
  for (auto& [node, pool] : pools_) pool.give_back(address);
}

}  // namespace zdt::rehearsal
