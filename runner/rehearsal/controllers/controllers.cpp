#include "rehearsal/controllers/controllers.h"

#include "rehearsal/controllers/autoscaler.h"
#include "rehearsal/controllers/deployment.h"
#include "rehearsal/controllers/disruption.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/events.h"
#include "rehearsal/controllers/garbage_collector.h"
#include "rehearsal/controllers/gateway.h"
#include "rehearsal/controllers/monitors.h"
#include "rehearsal/controllers/namespaces.h"
#include "rehearsal/controllers/nodes.h"
#include "rehearsal/controllers/replica_set.h"
#include "rehearsal/controllers/role_aggregation.h"
#include "rehearsal/controllers/rollout.h"
#include "rehearsal/controllers/scaled_object.h"
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
  all.push_back(std::make_unique<RolloutController>(store, options.defaults, options.now));
  all.push_back(std::make_unique<ReplicaSetController>(store, options.now));
  all.push_back(std::make_unique<Scheduler>(store, options.now));
  all.push_back(std::make_unique<NodeController>(store, options.now));
  all.push_back(std::make_unique<DisruptionController>(store, options.now));
  all.push_back(std::make_unique<GatewayController>(store, options.defaults, options.now));
  all.push_back(std::make_unique<MonitorController>(store));
  all.push_back(std::make_unique<HorizontalAutoscaler>(store, options.readings, options.now));
  all.push_back(
      std::make_unique<ScaledObjectController>(store, options.readings, options.defaults, options.now));
  all.push_back(std::make_unique<RoleAggregation>(store));
  all.push_back(std::make_unique<GarbageCollector>(store));
  all.push_back(std::make_unique<EventExpiry>(store, options.event_lifetime, options.now));
  return all;
}

}  // namespace

Controllers::Controllers(asio::any_io_executor executor, Store& store, ControllerOptions options)
    : store_(store), readings_(options.readings), all_(all_controllers(store, options)), queue_(executor) {
  subscription_ = store_.subscribe([this](const Event& event) { observe(event); });
  readings_->on_answer = [this](const Key& scaled_object) { take_answer(scaled_object); };
  take_up();
  create_seeds(store_, options);
}

Controllers::~Controllers() { readings_->on_answer = [](const Key&) {}; }

void Controllers::take_answer(const Key& scaled_object) {
  for (const auto& controller : all_) {
    if (controller->name() == ScaledObjectController::kName) queue_.add(*controller, scaled_object);
  }
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
