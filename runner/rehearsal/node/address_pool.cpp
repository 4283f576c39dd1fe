#include "rehearsal/node/address_pool.h"

#include <arpa/inet.h>

#include <charconv>

#include "base/text.h"

namespace zdt::rehearsal {

Result<AddressPool> AddressPool::parse(const std::string& range) {
  const auto parts = split(range, '/');
  in_addr network{};
  unsigned prefix = 0;
  const bool readable =
      parts.size() == 2 && inet_pton(AF_INET, parts[0].c_str(), &network) == 1 &&
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), prefix).ec == std::errc();
  if (!readable || prefix < 8 || prefix > 29) {
    return Error{Code::kUsage, fmt::format("\"{}\" is no range of pod addresses", range),
                 "write 10.244.0.0/24"};
  }
  const uint32_t size = 1u << (32 - prefix);
  const uint32_t base = ntohl(network.s_addr) & ~(size - 1);
  AddressPool pool;
  pool.first_ = pool.latest_ = base + 1;
  pool.last_ = base + size - 2;
  pool.prefix_ = prefix;
  return pool;
}

std::string AddressPool::text(uint32_t address) {
  const in_addr value{htonl(address)};
  char buffer[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &value, buffer, sizeof buffer);
}

Result<std::string> AddressPool::take() {
  for (uint32_t step = first_; step < last_; ++step) {
    latest_ = latest_ == last_ ? first_ + 1 : latest_ + 1;
    if (taken_.insert(latest_).second) return text(latest_);
  }
  return Error{Code::kEnvironment, fmt::format("all {} pod addresses are taken", taken_.size()), ""};
}

void AddressPool::give_back(const std::string& address) {
  in_addr value{};
  if (inet_pton(AF_INET, address.c_str(), &value) == 1) taken_.erase(ntohl(value.s_addr));
}

}  // namespace zdt::rehearsal
