// What every pod of the node works with.
#pragma once
#include "http/client.h"
#include "rehearsal/node/catalogue.h"
#include "rehearsal/node/crun.h"
#include "rehearsal/node/events.h"
#include "rehearsal/node/network.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// folder  the node's, where every container's root may pass (node_folder.h).
/// no_user_namespaces  why pods have no user namespace of their own; "" when they have.
struct NodeContext {
  NodeContext(asio::any_io_executor on, Store& objects, NodeOptions settings, std::string own_folder, Catalogue images,
              std::shared_ptr<PodNetwork> pod_network)
      : executor(on),
        store(objects),
        options(std::move(settings)),
        folder(std::move(own_folder)),
        catalogue(std::move(images)),
        network(std::move(pod_network)),
        crun(folder + "/crun", folder + "/scratch"),
        events(store),
        http(executor) {}

  /// Null when there is none of that name.
  const NodeIdentity* find_node(const std::string& name) const {
    for (const NodeIdentity& node : options.nodes) {
      if (node.name == name) return &node;
    }
    return nullptr;
  }

  asio::any_io_executor executor;
  Store& store;
  const NodeOptions options;
  const std::string folder;
  std::string no_user_namespaces;
  const std::shared_ptr<UserRanges> ranges = std::make_shared<UserRanges>();
  const Catalogue catalogue;
  const std::shared_ptr<PodNetwork> network;
  Crun crun;
  EventRecorder events;
  http::Client http;
};

}  // namespace zdt::rehearsal
