#include "load/netlink.h"

#include <sys/socket.h>

#include <algorithm>

namespace zdt::load {

NetlinkMessage::NetlinkMessage(uint16_t type, uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  nfgenmsg family{};
  family.nfgen_family = AF_INET;
  add(&header, sizeof header);
  add(&family, sizeof family);
}

size_t NetlinkMessage::begin(uint16_t type) {
  const nlattr head{0, static_cast<uint16_t>(type | NLA_F_NESTED)};
  const size_t start = size_;
  add(&head, sizeof head);
  return start;
}

void NetlinkMessage::end(size_t start) {
  const auto length = static_cast<uint16_t>(size_ - start);
  std::memcpy(bytes_.data() + start, &length, sizeof length);
}

bool NetlinkMessage::send(int socket) {
  const auto length = static_cast<uint32_t>(size_);
  std::memcpy(bytes_.data(), &length, sizeof length);
  return ::send(socket, bytes_.data(), size_, 0) == static_cast<ssize_t>(size_);
}

void NetlinkMessage::add(const void* data, size_t size) {
  std::memcpy(bytes_.data() + size_, data, size);
  size_ += NLMSG_ALIGN(size);
}

std::string_view attribute_in(std::string_view row, uint16_t type) {
  while (row.size() >= NLA_HDRLEN) {
    nlattr head;
    std::memcpy(&head, row.data(), sizeof head);
    if (head.nla_len < NLA_HDRLEN || head.nla_len > row.size()) return {};
    if ((head.nla_type & NLA_TYPE_MASK) == type) return row.substr(NLA_HDRLEN, head.nla_len - NLA_HDRLEN);
    row.remove_prefix(std::min<size_t>(row.size(), NLA_ALIGN(head.nla_len)));
  }
  return {};
}

std::string_view next_message(std::string_view& row, int type) {
  constexpr size_t kHeads = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
  nlmsghdr header{};
  if (row.size() >= sizeof header) std::memcpy(&header, row.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > row.size()) {
    row = {};
    return {};
  }
  const std::string_view message = row.substr(0, header.nlmsg_len);
  row.remove_prefix(std::min<size_t>(row.size(), NLMSG_ALIGN(header.nlmsg_len)));
  const bool fits = header.nlmsg_type == type && message.size() >= kHeads;
  return fits ? message.substr(kHeads) : std::string_view();
}

host::UniqueFd netlink_socket(uint32_t groups) {
  host::UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  self.nl_groups = groups;
  if (!socket || bind(socket.get(), reinterpret_cast<sockaddr*>(&self), sizeof self) != 0) return {};
  return socket;
}

}  // namespace zdt::load
