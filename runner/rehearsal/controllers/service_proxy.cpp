#include "rehearsal/controllers/service_proxy.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/guard.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/nftables.h"

namespace zdt::rehearsal {
namespace {

constexpr size_t kMostTries = 64;  // of rulesets in one sync: each is a wait for the kernel

using ServicePorts = std::vector<ServicePort>;

/// The ports of each Service together, in the order in which the Services come.
std::vector<ServicePorts> services_in(const ServicePorts& ports) {
  std::vector<ServicePorts> services;
  for (const ServicePort& port : ports) {
    if (services.empty() || services.back().front().service != port.service) services.emplace_back();
    services.back().push_back(port);
  }
  return services;
}

/// Finds the Services that nftables refuses. What it tries is in force while it tries: `good` only grows.
struct Halving {
  const ServiceProxy::Apply& apply;
  ServicePorts good;
  std::vector<LeftOut>& left_out;
  size_t tries = 0;

  void admit(const std::vector<ServicePorts>& services) {
    if (services.empty() || ++tries > kMostTries) return;
    ServicePorts tried = good;
    for (const ServicePorts& each : services) tried.insert(tried.end(), each.begin(), each.end());
    const auto applied = apply(ruleset(tried));
    if (applied) {
      good = std::move(tried);
    } else if (services.size() == 1) {
      refuse(services.front().front().service, applied.error().what);
    } else {
      const auto middle = services.begin() + static_cast<long>(services.size() / 2);
      admit({services.begin(), middle});
      admit({middle, services.end()});
    }
  }

  void refuse(const std::string& service, const std::string& why) {
    const size_t slash = service.find('/');
    left_out.push_back({"services", {service.substr(0, slash), service.substr(slash + 1)}, why});
  }
};

/// A coroutine for the other thread, with everything by value.
Task<void> run_job(std::function<void()> job) {
  job();
  co_return;
}

}  // namespace

ServiceProxy::ServiceProxy(asio::any_io_executor executor, Store& store, Apply apply, ProxyOptions options)
    : store_(store),
      apply_(std::move(apply)),
      options_(options),
      timer_(executor),
      in_force_(executor),
      events_(store, "kube-proxy") {
  subscription_ = store_.subscribe([this](const Event& event) {
    if (event.resource == "services" || event.resource == kEndpointSlices) schedule(options_.sync_delay);
  });
  schedule(milliseconds(0));
}

Result<ServiceProxy::Apply> ServiceProxy::nftables_in(std::shared_ptr<host::NetworkNamespace> network) {
  auto own = host::NetworkNamespace::join(network->path());
  if (!own) return own.error();
  auto nftables = Nftables::create(std::move(*own));
  if (!nftables) return nftables.error();
  return Apply([nftables = *nftables](const std::string& rules) { return nftables->apply(rules); });
}

Task<void> ServiceProxy::synced() {
  while (pending_ || syncing_) co_await in_force_.wait();
}

void ServiceProxy::schedule(milliseconds delay) {
  if (pending_) return;
  pending_ = true;
  timer_.expires_after(delay);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
    if (!cancelled && !alive.expired()) begin_sync();
  });
}

/// What a sync puts in force, and what came of it.
struct ServiceProxy::Rules {
  ServicePorts ports;
  std::vector<LeftOut> left_out;
  std::set<std::string> known_good;
  Result<void> applied = Result<void>();

  /// One Service that nftables refuses would keep all others from changing. Those that were in force come first.
  void put_in_force(const Apply& apply) {
    applied = apply(ruleset(ports));
    if (applied) return;
    std::stable_partition(ports.begin(), ports.end(),
                          [this](const ServicePort& port) { return known_good.contains(port.service); });
    Halving halving{apply, {}, left_out};
    halving.admit(services_in(ports));
    if (halving.good.empty() || halving.tries > kMostTries) return;
    ports = std::move(halving.good);
    applied = Result<void>();
  }
};

/// One at a time: what is due while one runs follows it.
void ServiceProxy::begin_sync() {
  again_ = std::exchange(syncing_, true);
  if (!again_) work_ = Background(timer_.get_executor(), sync(alive_));
}

void ServiceProxy::end_sync() {
  syncing_ = false;
  if (std::exchange(again_, false)) begin_sync();
  in_force_.notify_all();
}

/// `alive`: this may be gone when the other thread is done.
Task<void> ServiceProxy::sync(std::weak_ptr<bool> alive) {
  pending_ = false;
  auto rules = std::make_shared<Rules>();
  rules->known_good = known_good_;
  const std::string unread = failure_of([&] {
    rules->ports = service_ports(store_.list("services"), store_.list(kEndpointSlices), store_.list("nodes"),
                                 &rules->left_out);
  });
  std::function<void()> job = [rules, apply = apply_, unread] {
    const std::string thrown = unread.empty() ? failure_of([&] { rules->put_in_force(apply); }) : unread;
    if (!thrown.empty()) rules->applied = Error{Code::kEnvironment, "service proxy: " + thrown, ""};
  };
  std::string lost;
  try {
    co_await asio::co_spawn(beside_, run_job(std::move(job)), asio::use_awaitable);
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    lost = failure.what();
  }
  if (alive.expired()) co_return;
  if (!lost.empty()) rules->applied = Error{Code::kEnvironment, "service proxy: " + lost, ""};
  guarded("service proxy", [&] { take(std::move(*rules)); });
  end_sync();
}

void ServiceProxy::take(Rules rules) {
  if (!rules.applied) {
    spdlog::error("{}", rules.applied.error().what);
    return schedule(options_.retry_delay);
  }
  known_good_.clear();
  ++syncs_;
  Addresses now_in_force;
  for (const ServicePort& port : rules.ports) {
    known_good_.insert(port.service);
    for (const Target& target : port.targets) now_in_force[port.service].insert(target.address.text());
  }
  note_removals(std::move(now_in_force));
  events_.tell(rules.left_out);
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
