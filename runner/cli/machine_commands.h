// The commands about this machine: setup, bundle, forward. Their options, and which function each of them is.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>

#include "bundle/index.h"
#include "host/host.h"
#include "host/task.h"

namespace zdt::cli {

/// on  rehearsal, kind, context:NAME or auto.   install  gets what is missing where that is safe.
struct SetupRequest {
  std::string on = "auto";
  bool install = false, as_json = false;
};

/// on  for whom: kind brings the node image as well.   from  folders whose pieces are taken instead of
/// fetching them.
struct BundleRequest {
  std::string file, on = "kind", output = "text";
  std::vector<std::string> from;
};

/// ports  "[NAMESPACE/]SERVICE:PORT[:LOCAL]" or "[NAMESPACE/]pod/NAME:PORT[:LOCAL]"; none: the well-known
/// ones.
struct ForwardRequest {
  std::vector<std::string> ports;
  std::string on = "auto", kubeconfig, ns, output = "text";
};

/// Checks the tools, installs what is missing when asked to. 3 when the target lacks something.
Task<int> set_up(host::Host& host, SetupRequest request);

Task<int> make_bundle(host::Host& host, BundleRequest request);
Task<int> check_bundle(host::Host& host, BundleRequest request);
Task<int> list_bundle(host::Host& host, BundleRequest request);
/// Whether the bundle has all that the manifests and pins of this project name today (the charts' images as
/// of when it was made). node_image  whether Kind's belongs to it. Fails kEnvironment: with everything that
/// it lacks.
Task<Result<void>> require_complete(host::Host& host, bundle::Index index, bool node_image);

/// Forwards until Ctrl-C.
Task<int> forward_ports(host::Host& host, ForwardRequest request);

struct MachineRequests {
  SetupRequest setup;
  BundleRequest bundle;
  ForwardRequest forward;
};
void add_machine_commands(CLI::App& app, MachineRequests& requests);
/// Nothing when `app` was given another command.
std::optional<int> dispatch_machine(host::Host& host, const CLI::App& app, const MachineRequests& requests);

}  // namespace zdt::cli
