// nftables inside a network namespace, without a process for each change (0.2 ms instead of 18).
#pragma once
#include <memory>
#include <string>

#include "host/netns.h"

struct nft_ctx;

namespace zdt::rehearsal {

/// One libnftables context; it lives on the namespace's thread and is used by nobody else.
class Nftables {
 public:
  /// Fails kEnvironment.
  static Result<std::shared_ptr<Nftables>> create(std::shared_ptr<host::NetworkNamespace> network);
  ~Nftables();
  Nftables(const Nftables&) = delete;
  Nftables& operator=(const Nftables&) = delete;

  /// Runs `commands` as one transaction, and waits for it. Fails kEnvironment with nft's words; then nothing
  /// changed.
  Result<void> apply(const std::string& commands);

 private:
  explicit Nftables(std::shared_ptr<host::NetworkNamespace> network) : network_(std::move(network)) {}
  Result<void> apply_here(const std::string& commands);

  std::shared_ptr<host::NetworkNamespace> network_;
  nft_ctx* context_ = nullptr;
};

}  // namespace zdt::rehearsal
