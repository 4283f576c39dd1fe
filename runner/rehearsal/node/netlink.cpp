#include "rehearsal/node/netlink.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/text.h"

namespace zdt::rehearsal {

/// A request under construction: header, fixed part, attributes.
class RouteSocket::Message {
 public:
  Message(uint16_t type, uint16_t flags) {
    header()->nlmsg_len = NLMSG_LENGTH(0);
    header()->nlmsg_type = type;
    header()->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  }

  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

  template <class T>
  void body(const T& value) {
    std::memcpy(end(), &value, sizeof value);
    header()->nlmsg_len = NLMSG_ALIGN(header()->nlmsg_len + sizeof value);
  }

  void attribute(uint16_t type, const void* data, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(end());
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    if (size > 0) std::memcpy(RTA_DATA(attribute), data, size);
    header()->nlmsg_len += static_cast<uint32_t>(RTA_ALIGN(attribute->rta_len));
  }
  void attribute(uint16_t type, const std::string& text) { attribute(type, text.c_str(), text.size() + 1); }
  void attribute(uint16_t type, uint32_t number) { attribute(type, &number, sizeof number); }
  void address(uint16_t type, const std::string& text) {
    in_addr value{};
    inet_pton(AF_INET, text.c_str(), &value);
    attribute(type, &value, sizeof value);
  }

  /// Puts what `fill` adds inside an attribute of `type`.
  template <class Fill>
  void nested(uint16_t type, Fill fill) {
    auto* attribute_start = end();
    attribute(type, nullptr, 0);
    fill();
    reinterpret_cast<rtattr*>(attribute_start)->rta_len = static_cast<uint16_t>(end() - attribute_start);
  }

 private:
  char* end() { return buffer_.data() + NLMSG_ALIGN(header()->nlmsg_len); }
  alignas(NLMSG_ALIGNTO) std::array<char, 1024> buffer_{};
};

namespace {

Error netlink_error(const std::string& action, int reason) {
  return {Code::kEnvironment, fmt::format("cannot {}: {}", action, std::strerror(reason)), ""};
}

/// The kernel's verdict on the request `sequence`: 0 or an errno.
int read_acknowledgement(int fd, unsigned sequence) {
  alignas(NLMSG_ALIGNTO) std::array<char, 4096> buffer;
  while (true) {
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0) return errno;
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
    if (header->nlmsg_seq != sequence || header->nlmsg_type != NLMSG_ERROR) continue;
    return -reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
  }
}

rtmsg unicast_route(unsigned char prefix) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = prefix;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_type = RTN_UNICAST;
  return route;
}

}  // namespace

Result<void> RouteSocket::request(Message& message, const std::string& action) {
  message.header()->nlmsg_seq = ++sequence_;
  if (send(socket_.get(), message.header(), message.header()->nlmsg_len, 0) < 0)
    return netlink_error(action, errno);
  const int reason = read_acknowledgement(socket_.get(), sequence_);
  if (reason != 0) return netlink_error(action, reason);
  return {};
}

Result<unsigned> RouteSocket::index_of(const std::string& name) {
  ifreq query{};
  std::strncpy(query.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (ioctl(socket_.get(), SIOCGIFINDEX, &query) != 0)
    return netlink_error("find the network device " + name, errno);
  return static_cast<unsigned>(query.ifr_ifindex);
}

Result<void> RouteSocket::add_bridge(const std::string& name) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.body(ifinfomsg{});
  message.attribute(IFLA_IFNAME, name);
  message.nested(IFLA_LINKINFO, [&] { message.attribute(IFLA_INFO_KIND, std::string("bridge")); });
  return request(message, "make the bridge " + name);
}

Result<void> RouteSocket::add_veth(const std::string& name, const std::string& bridge,
                                   const std::string& peer, int peer_fd) {
  auto master = index_of(bridge);
  if (!master) return master.error();
  ifinfomsg up{};
  up.ifi_flags = up.ifi_change = IFF_UP;
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.body(up);
  message.attribute(IFLA_IFNAME, name);
  message.attribute(IFLA_MASTER, *master);
  message.nested(IFLA_LINKINFO, [&] {
    message.attribute(IFLA_INFO_KIND, std::string("veth"));
    message.nested(IFLA_INFO_DATA, [&] {
      message.nested(VETH_INFO_PEER, [&] {
        message.body(ifinfomsg{});
        message.attribute(IFLA_IFNAME, peer);
        message.attribute(IFLA_NET_NS_FD, static_cast<uint32_t>(peer_fd));
      });
    });
  });
  return request(message, "make the veth pair " + name);
}

Result<void> RouteSocket::allow_hairpin(const std::string& port) {
  auto index = index_of(port);
  if (!index) return index.error();
  ifinfomsg link{};
  link.ifi_family = AF_BRIDGE;
  link.ifi_index = static_cast<int>(*index);
  const uint8_t on = 1;
  Message message(RTM_SETLINK, 0);
  message.body(link);
  message.nested(IFLA_PROTINFO | NLA_F_NESTED, [&] { message.attribute(IFLA_BRPORT_MODE, &on, sizeof on); });
  return request(message, "allow hairpin traffic on " + port);
}

Result<void> RouteSocket::remove_link(const std::string& name) {
  auto index = index_of(name);
  if (!index) return {};
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(*index);
  Message message(RTM_DELLINK, 0);
  message.body(link);
  return request(message, "remove the network device " + name);
}

Result<void> RouteSocket::set_up(const std::string& name) {
  auto index = index_of(name);
  if (!index) return index.error();
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(*index);
  link.ifi_flags = link.ifi_change = IFF_UP;
  Message message(RTM_NEWLINK, 0);
  message.body(link);
  return request(message, "bring the network device up: " + name);
}

Result<void> RouteSocket::add_address(const std::string& name, const std::string& address, unsigned prefix) {
  auto index = index_of(name);
  if (!index) return index.error();
  ifaddrmsg entry{};
  entry.ifa_family = AF_INET;
  entry.ifa_prefixlen = static_cast<unsigned char>(prefix);
  entry.ifa_index = *index;
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  message.body(entry);
  message.address(IFA_LOCAL, address);
  message.address(IFA_ADDRESS, address);
  return request(message, fmt::format("give {} the address {}", name, address));
}

Result<void> RouteSocket::add_default_route(const std::string& gateway) {
  Message message(RTM_NEWROUTE, NLM_F_CREATE);
  message.body(unicast_route(0));
  message.address(RTA_GATEWAY, gateway);
  return request(message, "route through " + gateway);
}

Result<void> RouteSocket::add_route(const std::string& range, const std::string& device) {
  auto index = index_of(device);
  if (!index) return index.error();
  const auto parts = split(range, '/');
  rtmsg route = unicast_route(static_cast<unsigned char>(std::stoi(parts.at(1))));
  route.rtm_scope = RT_SCOPE_LINK;
  Message message(RTM_NEWROUTE, NLM_F_CREATE);
  message.body(route);
  message.address(RTA_DST, parts.at(0));
  message.attribute(RTA_OIF, *index);
  return request(message, "route " + range);
}

}  // namespace zdt::rehearsal
