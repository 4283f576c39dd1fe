// What every cluster has from the beginning.
#pragma once
#include "rehearsal/controllers/controllers.h"

namespace zdt::rehearsal {

/// Creates what is missing of: the four namespaces, Service default/kubernetes (443, the range's first
/// address), Service kube-system/kube-dns (53 UDP and TCP) with an EndpointSlice that names its own address:
/// dnsmasq listens on it.
void create_seeds(Store& store, const ControllerOptions& options);

}  // namespace zdt::rehearsal
