// Which variables of a container say that it sends requests to another workload.
#pragma once
#include "audit/object_set.h"

namespace zdt::audit {

/// A host and port as a variable's value says it; port 0: none.
struct Address {
  std::string host;
  int64_t port = 0;
};

/// A workload and its pod's port, behind a Service that an address names.
struct Destination {
  const Workload* workload = nullptr;
  int64_t port = 0;
};

/// name, name.namespace, name.namespace.svc…; the same pod for a loopback address. Empty: it leads out of the set.
std::vector<Destination> destinations_of(const ObjectSet& set, const Workload& from, const Address& address);

/// variable  STOCK_URL.   prefix  STOCK_, the beginning of what else belongs to it.   path  of the variable.
struct Upstream {
  std::string variable, prefix, path;
  Address address;
};

/// Variables whose value is the http(s) or gRPC URL of another host (X_URL, X_URI, X_ENDPOINT and so on), and X_ADDR,
/// X_ADDRESS, X_HOST, X_ENDPOINT whose value is the host (and port) of a Service. Left out are the container's own address
/// (PUBLIC_URL, BASE_URL and their like, or a Service that chooses its own pods), a loopback address, and databases and
/// brokers, whose protocols are not requests.
std::vector<Upstream> upstreams_of(const ObjectSet& set, const Workload& workload, const Container& container);

}  // namespace zdt::audit
