// ServiceMonitors and PodMonitors: the Prometheus operator's part that writes configurations.
#pragma once
#include <map>

#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

/// For each Prometheus object: a Secret `prometheus-NAME` with the key prometheus.yaml, as the operator names
/// it (there it is compressed). It goes with the object. The pods are not made here: whoever mounts the
/// Secret follows it.
class MonitorController : public Controller {
 public:
  explicit MonitorController(Store& store) : store_(store) {}
  std::string_view name() const override { return "monitors"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "prometheuses.monitoring.coreos.com"; }

 private:
  Store& store_;
  std::map<Key, LeftOutEvents> events_;  // by Prometheus
};

}  // namespace zdt::rehearsal
