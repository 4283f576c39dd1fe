#include "rehearsal/controllers/controllers.h"

#include "rehearsal/controllers/deployment.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/events.h"
#include "rehearsal/controllers/garbage_collector.h"
#include "rehearsal/controllers/namespaces.h"
#include "rehearsal/controllers/replica_set.h"
#include "rehearsal/controllers/scheduler.h"
#include "rehearsal/controllers/seeds.h"
#include "rehearsal/controllers/services.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal {
namespace {

/// Every controller. The order decides nothing but who looks first at the same event.
std::vector<std::unique_ptr<Controller>> all_controllers(Store& store, const ControllerOptions& options) {
  std::vector<std::unique_ptr<Controller>> all;
  all.push_back(std::make_unique<NamespaceController>(store, options.ca_certificate));
  all.push_back(std::make_unique<ServiceAddresses>(store, AddressRange::parse(options.service_range).value(),
                                                   options.now));
  all.push_back(std::make_unique<EndpointController>(store));
  all.push_back(std::make_unique<DeploymentController>(store, options.now));
  all.push_back(std::make_unique<ReplicaSetController>(store, options.now));
  all.push_back(std::make_unique<Scheduler>(store, options.node_name, options.now));
  all.push_back(std::make_unique<GarbageCollector>(store));
  all.push_back(std::make_unique<EventExpiry>(store, options.event_lifetime, options.now));
  return all;
}

}  // namespace

Controllers::Controllers(asio::any_io_executor executor, Store& store, ControllerOptions options)
    : store_(store), all_(all_controllers(store, options)), queue_(executor) {
  subscription_ = store_.subscribe([this](const Event& event) { observe(event); });
  take_up();
  create_seeds(store_, options);
}

void Controllers::observe(const Event& event) {
  for (const auto& controller : all_) {
    for (Key& key : controller->concerned(event)) queue_.add(*controller, std::move(key));
  }
}

void Controllers::take_up() {
  for (const ResourceType& type : builtin_types()) {
    for (const ObjectPtr& object : store_.list(type.resource())) {
      observe({store_.revision(), Change::kAdded, type.resource(), object, nullptr});
    }
  }
}

}  // namespace zdt::rehearsal
