#include "cli/settling.h"

#include "kube/motion.h"

namespace zdt::cli {
namespace {

constexpr milliseconds kGrace{15'000}, kFresh{60'000};
/// On a cluster that is not ours only our own objects are looked at.
constexpr const char* kOurs = "app.kubernetes.io/part-of=zdt-demo";

/// Connected at the first look, and anew after a failure: the cluster may be gone or another one.
struct Looking {
  cluster::Target& target;
  std::unique_ptr<kube::Client> client;
  std::optional<kube::Motion> motion;
};

Task<std::string> look(std::shared_ptr<Looking> looking) {
  if (!looking->motion) {
    auto link = looking->target.connection();
    if (!link) co_return "";
    looking->client = std::make_unique<kube::Client>(co_await asio::this_coro::executor, *link);
    looking->motion.emplace(*looking->client, "*", looking->target.has("create") ? "" : kOurs);
  }
  auto moving = co_await looking->motion->look();
  co_return moving;
}

bool was_cut_off_just_now(const host::Host& host, const Prepared& prepared) {
  return prepared.cut_off_at && host.now() - *prepared.cut_off_at < kFresh;
}

}  // namespace

stage::Settling settling_of(host::Host& host, const Prepared& prepared) {
  stage::Settling settling;
  if (!prepared.history) return settling;
  auto looking = std::make_shared<Looking>(*prepared.target, nullptr, std::nullopt);
  settling.look = [looking] { return look(looking); };
  settling.say = [&host](const std::string& sentence) { host.terminal.write_error(sentence + "\n"); };
  const bool there = prepared.target->connection().has_value();
  if (there && was_cut_off_just_now(host, prepared)) settling.grace = kGrace;
  return settling;
}

}  // namespace zdt::cli
