#include "rehearsal/controllers/service_proxy.h"

#include <spdlog/spdlog.h>

#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/nftables.h"

namespace zdt::rehearsal {

ServiceProxy::ServiceProxy(asio::any_io_executor executor, Store& store, Apply apply, ProxyOptions options)
    : store_(store), apply_(std::move(apply)), options_(options), timer_(executor), in_force_(executor) {
  subscription_ = store_.subscribe([this](const Event& event) {
    if (event.resource == "services" || event.resource == kEndpointSlices) schedule(options_.sync_delay);
  });
  schedule(milliseconds(0));
}

Result<ServiceProxy::Apply> ServiceProxy::nftables_in(std::shared_ptr<host::NetworkNamespace> network) {
  auto nftables = Nftables::create(std::move(network));
  if (!nftables) return nftables.error();
  return Apply([nftables = *nftables](const std::string& rules) { return nftables->apply(rules); });
}

Task<void> ServiceProxy::synced() {
  while (pending_) co_await in_force_.wait();
}

void ServiceProxy::schedule(milliseconds delay) {
  if (pending_) return;
  pending_ = true;
  timer_.expires_after(delay);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
    if (!cancelled && !alive.expired()) sync();
  });
}

void ServiceProxy::sync() {
  pending_ = false;
  const auto ports = service_ports(store_.list("services"), store_.list(kEndpointSlices), store_.list("nodes"));
  const auto applied = apply_(ruleset(ports));
  if (!applied) {
    spdlog::error("{}", applied.error().what);
    return schedule(options_.retry_delay);
  }
  ++syncs_;
  Addresses now_in_force;
  for (const ServicePort& port : ports) {
    for (const Target& target : port.targets) now_in_force[port.service].insert(target.address);
  }
  note_removals(std::move(now_in_force));
  in_force_.notify_all();
}

void ServiceProxy::note_removals(Addresses now_in_force) {
  const WallTime now = std::chrono::system_clock::now();
  const Addresses before = std::exchange(addresses_, std::move(now_in_force));
  for (const auto& [service, addresses] : before) {
    for (const std::string& address : addresses) {
      if (addresses_[service].contains(address)) continue;
      removals_.push_back({now, service, address});
      if (removals_.size() > options_.removals_kept) removals_.pop_front();
      const EndpointRemoval removal{now, service, address};
      for (const Observer& observer : observers_) observer(removal);
    }
  }
  std::erase_if(addresses_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace zdt::rehearsal
