// Network devices by rtnetlink: bridges, veth pairs, addresses and routes, without a child process for each.
// https://man7.org/linux/man-pages/man7/rtnetlink.7.html
#pragma once
#include <string>

#include "base/error.h"
#include "host/unique_fd.h"

namespace zdt::rehearsal {

/// Acts on the network namespace in which its socket was made. Calls are synchronous and take well below a
/// millisecond. All fail kEnvironment, with what was tried and the kernel's reason.
class RouteSocket {
 public:
  /// `socket`: AF_NETLINK, SOCK_RAW, NETLINK_ROUTE.
  explicit RouteSocket(host::UniqueFd socket) : socket_(std::move(socket)) {}

  Result<void> add_bridge(const std::string& name);
  /// One end, `name`, stays here as a port of `bridge` and is up; the other, `peer`, starts in the namespace
  /// `peer_fd`.
  Result<void> add_veth(const std::string& name, const std::string& bridge, const std::string& peer,
                        int peer_fd);
  /// Lets a bridge port send back what came from it: a pod that reaches itself through its Service.
  Result<void> allow_hairpin(const std::string& port);
  /// Without error when there is no such device.
  Result<void> remove_link(const std::string& name);
  Result<void> set_up(const std::string& name);
  /// `address` as "10.244.0.7", `prefix` bits long.
  Result<void> add_address(const std::string& name, const std::string& address, unsigned prefix);
  Result<void> add_default_route(const std::string& gateway);
  /// A route of `range` ("10.96.0.0/16") through `device`.
  Result<void> add_route(const std::string& range, const std::string& device);

 private:
  class Message;
  Result<unsigned> index_of(const std::string& name);
  Result<void> request(Message& message, const std::string& action);

  host::UniqueFd socket_;
  unsigned sequence_ = 0;
};

}  // namespace zdt::rehearsal
