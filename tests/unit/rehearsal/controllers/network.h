// Network namespaces to try Services in: real sockets, real rules, gone with the last descriptor.
#pragma once
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

#include "host/netns.h"

namespace zdt::rehearsal {

using Network = std::shared_ptr<host::NetworkNamespace>;

inline void ip(const Network& network, const std::string& arguments) {
  const std::string command = fmt::format("nsenter --net={} -- ip {}", network->path(), arguments);
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

inline sockaddr_in address_of(const std::string& address, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

inline const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// A socket whose waits end after two seconds.
inline host::UniqueFd socket_in(const Network& network, int type) {
  host::UniqueFd fd(network->make_socket(AF_INET, type, 0));
  const timeval limit{2, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return fd;
}

inline host::UniqueFd listen_in(const Network& network, const std::string& address, uint16_t port,
                                int type = SOCK_STREAM) {
  host::UniqueFd fd = socket_in(network, type);
  const sockaddr_in own = address_of(address, port);
  EXPECT_EQ(bind(fd.get(), generic(own), sizeof own), 0) << address;
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(fd.get(), 4096), 0);
  }
  return fd;
}

/// A connected socket; `error` is 0 or the errno of the failure.
struct Connection {
  host::UniqueFd fd;
  int error = 0;
};

inline Connection connect_in(const Network& network, const std::string& address, uint16_t port,
                             int type = SOCK_STREAM) {
  Connection connection{socket_in(network, type), 0};
  const sockaddr_in peer = address_of(address, port);
  if (connect(connection.fd.get(), generic(peer), sizeof peer) != 0) connection.error = errno;
  return connection;
}

/// The index of the listener that a connection waits at; -1 after two seconds without any.
inline int waiting_at(const std::vector<host::UniqueFd>& listeners) {
  std::vector<pollfd> polled;
  for (const auto& each : listeners) polled.push_back({each.get(), POLLIN, 0});
  if (poll(polled.data(), polled.size(), 2000) <= 0) return -1;
  for (size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].revents & POLLIN) return static_cast<int>(i);
  }
  return -1;
}

/// Accepts, and says where the client comes from.
inline host::UniqueFd accept_from(const host::UniqueFd& listener, std::string* client = nullptr) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  host::UniqueFd fd(accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size));
  char text[INET_ADDRSTRLEN] = "";
  if (client != nullptr) *client = inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  return fd;
}

/// "The cluster": its own address 10.244.0.1, pods' addresses 10.244.0.2 to .4 in the same namespace, and a
/// route for the Services. Null without root.
inline Network make_cluster_network() {
  auto made = host::NetworkNamespace::create();
  if (!made) return nullptr;
  const Network network = *made;
  ip(network, "link add bridge0 type bridge");
  ip(network, "address add 10.244.0.1/24 dev bridge0");
  ip(network, "link set bridge0 up");
  ip(network, "route add 10.96.0.0/16 dev bridge0");
  for (const char* address : {"10.244.0.2", "10.244.0.3", "10.244.0.4"}) {
    ip(network, fmt::format("address add {}/32 dev lo", address));
  }
  network->run([] { std::ofstream("/proc/sys/net/ipv4/ip_forward") << 1; });
  return network;
}

/// A pod in a namespace of its own, 10.244.1.2, its gateway 10.244.1.1 in the cluster.
inline Network add_pod_network(const Network& cluster) {
  const Network pod = host::NetworkNamespace::create().value();
  ip(cluster, "link add veth0 type veth peer name eth0 netns " + pod->path());
  ip(cluster, "address add 10.244.1.1/24 dev veth0");
  ip(cluster, "link set veth0 up");
  ip(pod, "address add 10.244.1.2/24 dev eth0");
  ip(pod, "link set eth0 up");
  ip(pod, "route add default via 10.244.1.1");
  return pod;
}

}  // namespace zdt::rehearsal
