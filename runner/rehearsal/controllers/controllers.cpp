#include "rehearsal/controllers/controllers.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "base/guard.h"
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
#include "rehearsal/controllers/objects.h"
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
    : executor_(executor),
      store_(store),
      now_(options.now),
      readings_(options.readings),
      all_(all_controllers(store, options)),
      queue_(executor, [this](const Controller& controller, const Key& key, const std::string& what) {
        tell(controller.name(), controller.resource_of(key), key, what);
      }) {
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

/// The store must not change while it tells of a change, so a failure is told with the next turn of the loop.
void Controllers::observe(const Event& event) {
  for (const auto& controller : all_) {
    const std::string thrown = failure_of([&] {
      for (Key& key : controller->concerned(event)) queue_.add(*controller, std::move(key));
    });
    if (thrown.empty()) continue;
    asio::post(executor_, [this, alive = std::weak_ptr(alive_), name = controller->name(), resource = event.resource,
                           key = key_of(*event.object), thrown] {
      if (!alive.expired()) tell(name, resource, key, thrown);
    });
  }
}

/// An Event gets none itself: that would never end.
void Controllers::tell(std::string_view controller, const std::string& resource, const Key& key,
                       const std::string& what) {
  const bool tellable = !resource.empty() && resource != "events";
  const ObjectPtr object = tellable ? store_.find(resource, key.ns, key.name) : nullptr;
  spdlog::error("{} controller: {} {}/{}: {}", controller, resource, key.ns, key.name, what);
  if (!object) return;
  record_event(store_, *object, "Warning", "FailedReconcile",
               fmt::format("The {} controller cannot act on this object and tries again: {}", controller, what),
               controller, now_());
}

void Controllers::take_up() {
  for (const ResourceType& type : builtin_types()) {
    for (const ObjectPtr& object : store_.list(type.resource())) {
      observe({store_.revision(), Change::kAdded, type.resource(), object, nullptr});
    }
  }
}

}  // namespace zdt::rehearsal
