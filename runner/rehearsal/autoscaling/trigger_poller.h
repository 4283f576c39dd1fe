// Asks the triggers of ScaledObjects, all the time.
#pragma once
#include <map>

#include "http/client.h"
#include "rehearsal/autoscaling/prometheus.h"
#include "rehearsal/controllers/autoscaling_readings.h"

namespace zdt::rehearsal {

/// Each prometheus trigger of every ScaledObject that is not paused is asked each pollingInterval, and not
/// less often than every 15 s, which is how often KEDA's metrics server asks it for the autoscaler. A changed
/// ScaledObject is asked anew at once. The answers go into `readings`.
class TriggerPoller {
 public:
  /// network  where the triggers' addresses are reached from; null: here.
  TriggerPoller(asio::any_io_executor executor, Store& store, std::shared_ptr<MetricReadings> readings,
                std::shared_ptr<host::NetworkNamespace> network);

 private:
  void take(const Event& event);
  void begin(const Key& key);
  Task<void> poll(Key key, std::weak_ptr<bool> alive);
  Task<Result<double>> answer_to(PrometheusQuery query);
  Task<void> ask_all(Key key, ObjectPtr scaled_object, std::weak_ptr<bool> alive);

  asio::any_io_executor executor_;
  Store& store_;
  std::shared_ptr<MetricReadings> readings_;
  std::shared_ptr<host::NetworkNamespace> network_;
  http::Client client_;
  std::map<Key, Background> loops_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription changes_;
};

}  // namespace zdt::rehearsal
