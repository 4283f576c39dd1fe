// All controllers that need nothing but the store.
#pragma once
#include "host/task.h"
#include "rehearsal/controllers/autoscaling_readings.h"
#include "rehearsal/controllers/work_queue.h"

namespace zdt::rehearsal {

/// service_range   IPv4 range of the cluster IPs; its first address is the Service `kubernetes`.
/// dns_address     the Service `kube-dns`.
/// api_address     where pods reach the API behind the Service `kubernetes`, on port 6443; "": nowhere.
/// ca_certificate  PEM, for kube-root-ca.crt.
/// defaults        fills into an object of a built-in resource ("replicasets.apps") what the API server would: for what
///                 a controller makes out of a custom resource, whose templates come without defaults.
/// readings        what autoscalers act on; answers of triggers are looked at as they come.
/// event_lifetime  how long an Event stays after it was last seen.
struct ControllerOptions {
  std::string service_range = "10.96.0.0/16";
  std::string dns_address = "10.96.0.10";
  std::string api_address;
  std::string ca_certificate;
  std::function<void(const std::string& resource, json& object)> defaults = [](const std::string&, json&) {};
  milliseconds event_lifetime{3'600'000};
  std::shared_ptr<MetricReadings> readings = std::make_shared<MetricReadings>();
  Clock now = [] { return std::chrono::system_clock::now(); };
};

/// Watches the store and keeps it right, until its end. The constructor takes up what the store holds, and
/// adds what every cluster has: the namespaces default, kube-node-lease, kube-public and kube-system, and the
/// Services default/kubernetes and kube-system/kube-dns. An object that makes a controller throw gets a Warning event
/// FailedReconcile, from that controller; the others are served on. Throws std::runtime_error on a service_range that is
/// none.
class Controllers {
 public:
  Controllers(asio::any_io_executor executor, Store& store, ControllerOptions options = {});
  ~Controllers();

  /// For tests, which step it instead of running a loop.
  WorkQueue& queue() { return queue_; }

 private:
  void observe(const Event& event);
  void tell(std::string_view controller, const std::string& resource, const Key& key, const std::string& what);
  void take_answer(const Key& scaled_object);
  void take_up();

  asio::any_io_executor executor_;
  Store& store_;
  Clock now_;
  std::shared_ptr<MetricReadings> readings_;
  std::vector<std::unique_ptr<Controller>> all_;
  WorkQueue queue_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription subscription_;
};

}  // namespace zdt::rehearsal
