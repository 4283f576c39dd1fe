#include "rehearsal/controllers/monitors.h"

#include "base/text.h"
#include "rehearsal/controllers/monitors_config.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {

std::vector<Key> MonitorController::concerned(const Event& event) {
  if (event.resource == kPrometheuses) return {key_of(*event.object)};
  if (event.resource == "secrets") {
    const std::string owner = controller_name(*event.object, "Prometheus");
    return owner.empty() ? std::vector<Key>{} : std::vector<Key>{{key_of(*event.object).ns, owner}};
  }
  std::vector<Key> keys;
  const bool matters =
      event.resource == kServiceMonitors || event.resource == kPodMonitors || event.resource == "namespaces";
  if (!matters) return keys;
  for (const ObjectPtr& prometheus : store_.list(kPrometheuses)) keys.push_back(key_of(*prometheus));
  return keys;
}

Result<Outcome> MonitorController::reconcile(const Key& key) {
  const ObjectPtr prometheus = store_.find(kPrometheuses, key.ns, key.name);
  if (!prometheus || is_deleting(*prometheus)) {
    events_.erase(key);
    return Outcome{};
  }
  const std::string name = "prometheus-" + key.name;
  const ObjectPtr current = store_.find("secrets", key.ns, name);
  json secret = current ? *current : json{{"apiVersion", "v1"}, {"kind", "Secret"}, {"type", "Opaque"}};
  secret["metadata"]["namespace"] = key.ns;
  secret["metadata"]["name"] = name;
  secret["metadata"]["ownerReferences"] =
      json::array({controller_reference(*prometheus, "monitoring.coreos.com/v1", "Prometheus")});
  std::vector<LeftOut> left_out;
  const std::string text = prometheus_configuration(store_, *prometheus, &left_out)
                               .dump(1, ' ', false, json::error_handler_t::replace);
  events_.try_emplace(key, store_, "prometheus-operator").first->second.tell(left_out);
  secret["data"] = {{"prometheus.yaml", base64_encode(text)}};
  const auto written =
      current ? store_.update("secrets", std::move(secret)) : store_.create("secrets", std::move(secret));
  if (!written) return written.error();
  return Outcome{};
}

}  // namespace zdt::rehearsal
