#include "rehearsal/controllers/nftables.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include "base/text.h"

namespace zdt::rehearsal {

Result<std::shared_ptr<Nftables>> Nftables::create(std::shared_ptr<host::NetworkNamespace> network) {
  std::shared_ptr<Nftables> nftables(new Nftables(std::move(network)));
  nftables->network_->run([&] {
    nftables->context_ = nft_ctx_new(NFT_CTX_DEFAULT);  // opens its netlink socket: in this namespace
    if (nftables->context_ == nullptr) return;
    nft_ctx_buffer_output(nftables->context_);
    nft_ctx_buffer_error(nftables->context_);
  });
  if (nftables->context_ == nullptr)
    return Error{Code::kEnvironment, "nftables cannot be used", "run as root"};
  return nftables;
}

Nftables::~Nftables() {
  if (context_ != nullptr) network_->run([this] { nft_ctx_free(context_); });
}

Result<void> Nftables::apply(const std::string& commands) {
  Result<void> result = Result<void>();
  network_->run([&] { result = apply_here(commands); });
  return result;
}

Result<void> Nftables::apply_here(const std::string& commands) {
  const bool done = nft_run_cmd_from_buffer(context_, commands.c_str()) == 0;
  const std::string words = trim(nft_ctx_get_error_buffer(context_));  // reading it empties it
  if (done) return {};
  return Error{Code::kEnvironment, fmt::format("nftables refused the Services' rules: {}", words), ""};
}

}  // namespace zdt::rehearsal
