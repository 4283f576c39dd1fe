// The pods' addresses (IPAM).
#pragma once
#include <cstdint>
#include <set>
#include <string>

#include "base/error.h"

namespace zdt::rehearsal {

/// Hands out the addresses of a range in turn, so that one given back is not in use again at once: a client
/// that still knows it meets nobody rather than another pod. The first address is the gateway's.
class AddressPool {
 public:
  /// "10.244.0.0/24". Fails kUsage.
  static Result<AddressPool> parse(const std::string& range);

  std::string gateway() const { return text(first_); }
  unsigned prefix() const { return prefix_; }
  /// Fails kEnvironment when all are taken.
  Result<std::string> take();
  void give_back(const std::string& address);

 private:
  static std::string text(uint32_t address);
  uint32_t first_ = 0, last_ = 0, latest_ = 0;
  unsigned prefix_ = 0;
  std::set<uint32_t> taken_;
};

}  // namespace zdt::rehearsal
