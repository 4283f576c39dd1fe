// LoadBalancer Services on this machine's loopback, for a browser: the part of a cloud's load balancer.
#pragma once
#include <map>

#include "host/netns.h"
#include "host/task.h"
#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

/// Listens on 127.0.0.1, and nowhere else, for each TCP port of every Service of type LoadBalancer that has a
/// cluster IP: on the Service's own port, or on 8000 + port for one below 1024 (8080 for 80), else on any
/// free one. Bytes go both ways between each connection and the Service inside `network`. The address stands
/// in the Service's annotation rehearsal.zdt.dev/host-port-NAME ("127.0.0.1:8080"; NAME is the port's, or its
/// number when it has none), and status.loadBalancer.ingress has the cluster IP. A port ends with its
/// Service, connections included. A cluster IP or port that is none gets no port here, and an event LeftOut.
class HostPorts {
 public:
  HostPorts(asio::any_io_executor executor, Store& store, std::shared_ptr<host::NetworkNamespace> network);
  ~HostPorts();

 private:
  class Port;
  using Place = std::pair<std::string, uint16_t>;  ///< uid of the Service, its port

  void schedule();
  void sync();
  std::map<std::string, std::string> addresses_of(const json& service);
  void publish(const json& service);
  uint16_t listen(const Place& place, Ipv4 address);

  asio::any_io_executor executor_;
  Store& store_;
  std::shared_ptr<host::NetworkNamespace> network_;
  std::map<Place, std::shared_ptr<Port>> ports_;
  LeftOutEvents events_;
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription changes_;
};

}  // namespace zdt::rehearsal
