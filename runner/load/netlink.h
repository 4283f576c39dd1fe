// What ctnetlink needs of netlink: one question put together, and rows of messages and attributes taken
// apart. man 7 netlink, include/uapi/linux/netfilter/nfnetlink.h
#pragma once
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "host/unique_fd.h"

namespace zdt::load {

/// A message of nfnetlink about IPv4, at most 256 bytes; every value is in the byte order that the kernel
/// wants.
class NetlinkMessage {
 public:
  NetlinkMessage(uint16_t type, uint16_t flags);

  template <class T>
  void attribute(uint16_t type, T value) {
    const nlattr head{static_cast<uint16_t>(NLA_HDRLEN + sizeof value), type};
    add(&head, sizeof head);
    add(&value, sizeof value);
  }
  /// What is added until end() belongs to the attribute that begins here.
  size_t begin(uint16_t type);
  void end(size_t start);
  bool send(int socket);

 private:
  void add(const void* data, size_t size);

  std::array<char, 256> bytes_{};
  size_t size_ = 0;
};

/// The value of the first attribute `type` in a row of them; empty when there is none.
std::string_view attribute_in(std::string_view row, uint16_t type);

/// The attributes of the message at the start of `row`, empty when it is not of that type; takes the message
/// off the row.
std::string_view next_message(std::string_view& row, int type);

/// A socket of nfnetlink in the calling thread's network namespace that hears the groups of that mask; or
/// none.
host::UniqueFd netlink_socket(uint32_t groups);

}  // namespace zdt::load
