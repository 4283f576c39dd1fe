// How the Kind cluster is made.
#include "cluster/kind.h"
#include "tools/docker.h"

namespace zdt::cluster {

namespace {

Result<void> make_private_folder(const host::fs::path& folder) {
  std::error_code failure;
  host::fs::create_directories(folder, failure);
  if (!failure) host::fs::permissions(folder, host::fs::perms::owner_all, failure);
  if (failure)
    return Error{Code::kEnvironment, fmt::format("cannot make {}: {}", folder.string(), failure.message()),
                 ""};
  return {};
}

/// kind writes it so itself; other umasks and versions shall not matter.
Result<void> make_private_file(const host::fs::path& file) {
  std::error_code failure;
  if (!host::fs::exists(file, failure)) return {};
  host::fs::permissions(file, host::fs::perms::owner_read | host::fs::perms::owner_write, failure);
  if (failure)
    return Error{Code::kEnvironment,
                 fmt::format("cannot keep {} private: {}", file.string(), failure.message()), ""};
  return {};
}

}  // namespace

/// An image that came out of an archive (a bundle) has its tag, but no longer the digest by which the
/// configuration pins it, and kind would ask the network for it.
Task<Result<void>> Kind::choose_node_image() {
  auto pinned = node_image(cluster_.config);
  if (!pinned) co_return pinned.error();
  const size_t digest = pinned->find('@');
  if (digest == std::string::npos) co_return Result<void>();
  auto id = co_await tools::image_id(options_.runner, *pinned);
  if (!id) co_return id.error();
  if (!id->empty()) co_return Result<void>();
  std::string tagged = pinned->substr(0, digest);
  auto local = co_await tools::image_id(options_.runner, tagged);
  if (!local) co_return local.error();
  if (local->empty()) co_return Result<void>();
  say(fmt::format("the nodes are made of {} as it is on this machine ({})", tagged, *local));
  cluster_.image = std::move(tagged);
  co_return Result<void>();
}

/// kind removes what it made when a creation fails; what a killed one leaves is found by the next up().
Task<Result<void>> Kind::create() {
  auto folder = options_.planned ? Result<void>() : make_private_folder(cluster_.kubeconfig.parent_path());
  if (!folder) co_return folder.error();
  auto image = co_await choose_node_image();
  if (!image) co_return image.error();
  host::Command command = tools::kind_create(cluster_);
  command.on_output = tools::by_lines([this](std::string_view line) { say(std::string(line)); });
  auto exit = co_await tools::run_tool(options_.runner, std::move(command), "kind create cluster");
  if (!exit) co_return exit.error();
  if (options_.planned) co_return Result<void>();
  auto kept_private = make_private_file(cluster_.kubeconfig);
  if (!kept_private) co_return kept_private.error();
  auto config = host::read_file(cluster_.config);
  if (!config) co_return config.error();
  co_return host::write_file(config_copy(), *config);
}

}  // namespace zdt::cluster
