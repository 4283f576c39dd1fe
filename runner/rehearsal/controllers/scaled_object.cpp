#include "rehearsal/controllers/scaled_object_look.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rehearsal/controllers/autoscaler.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {

namespace {

/// Changes of the status alone concern nobody: most are our own.
bool only_status_differs(const Event& event) {
  if (event.change != Change::kModified || !event.previous) return false;
  const json &before = *event.previous, &after = *event.object;
  return at(before, {"spec"}) == at(after, {"spec"}) &&
         at(before, {"metadata", "annotations"}) == at(after, {"metadata", "annotations"});
}

json target_reference(const json& object) {
  return {{"apiVersion", string_at(object, {"spec", "scaleTargetRef", "apiVersion"}, "apps/v1")},
          {"kind", string_at(object, {"spec", "scaleTargetRef", "kind"}, "Deployment")},
          {"name", string_at(object, {"spec", "scaleTargetRef", "name"})}};
}

/// "apps/v1.Deployment", and the same in parts.
void name_target(json& status, const Scale& scale) {
  const auto parts = split(scale.api_version, '/');
  status["scaleTargetKind"] = scale.api_version + "." + scale.kind;
  status["scaleTargetGVKR"] = {{"group", parts.size() == 2 ? parts[0] : ""},
                               {"version", parts.back()},
                               {"kind", scale.kind},
                               {"resource", scale.resource.substr(0, scale.resource.find('.'))}};
}

void name_metrics(json& status, const std::vector<Trigger>& triggers) {
  json external = json::array(), resources = json::array();
  std::vector<std::string> types;
  for (const Trigger& trigger : triggers) {
    (trigger.is_external() ? external : resources).push_back(trigger.metric);
    if (std::find(types.begin(), types.end(), trigger.type) == types.end()) types.push_back(trigger.type);
  }
  status["triggersTypes"] = join(types, ",");
  status["authenticationsTypes"] = "";
  for (auto& [field, names] :
       {std::pair{"externalMetricNames", external}, {"resourceMetricNames", resources}}) {
    status.erase(field);
    if (!names.empty()) status[field] = names;
  }
}

}  // namespace

ScaledObjectController::ScaledObjectController(Store& store, std::shared_ptr<MetricReadings> readings,
                                               std::function<void(const std::string&, json&)> defaults,
                                               Clock now)
    : store_(store), readings_(std::move(readings)), defaults_(std::move(defaults)), now_(std::move(now)) {}

std::vector<Key> ScaledObjectController::concerned(const Event& event) {
  const json& object = *event.object;
  if (event.resource == kScaledObjects) {
    if (event.change != Change::kDeleted && only_status_differs(event)) return {};
    return {key_of(object)};
  }
  // An autoscaler that somebody changed or removed comes back; a target that appears is found.
  if (event.resource == kAutoscalers && !only_status_differs(event)) {
    const std::string owner = controller_name(object, "ScaledObject");
    return owner.empty() ? std::vector<Key>{} : std::vector<Key>{{key_of(object).ns, owner}};
  }
  std::vector<Key> keys;
  if (event.change != Change::kAdded || event.resource == kAutoscalers || event.resource == "events")
    return keys;
  for (const ObjectPtr& each : store_.list(kScaledObjects, key_of(object).ns)) {
    const json wanted = target_reference(*each);
    if (string_at(wanted, {"name"}) == key_of(object).name && wanted["kind"] == string_at(object, {"kind"}))
      keys.push_back(key_of(*each));
  }
  return keys;
}

Result<Outcome> ScaledObjectController::reconcile(const Key& key) {
  const ObjectPtr object = store_.find(kScaledObjects, key.ns, key.name);
  if (!object || is_deleting(*object)) {
    readings_->forget(key);
    looked_.erase(key);
    return Outcome{};
  }
  Look look{*object, key, sound_status(*object), now_()};
  for (const char* type : {"Ready", "Active", "Fallback", "Paused"}) {
    if (condition_of(*object, type).is_null())
      look.status["conditions"].push_back({{"type", type}, {"status", "Unknown"}});
  }
  if (check(look)) {
    const auto done = is_paused(*object) ? keep_paused(look) : follow_triggers(look);
    if (!done) return done.error();
  }
  if (auto written = write_status(look); !written) return written.error();
  return Outcome{polling_interval(*object)};
}

/// What Ready says; a failure is told there and in an event, and waits for a better object.
Result<void> ScaledObjectController::check(Look& look) {
  auto triggers = triggers_of(look.object);
  auto scale = read_scale(store_, look.key.ns, target_reference(look.object));
  const bool ready = triggers.has_value() && scale.has_value();
  if (!ready) {
    const Error error = triggers ? scale.error() : triggers.error();
    const std::string message = fmt::format("ScaledObject doesn't have correct {} specification",
                                            triggers ? "scaleTargetRef" : "triggers");
    look.set("Ready", "False", "ScaledObjectCheckFailed", message);
    record_event(store_, look.object, "Warning", "ScaledObjectCheckFailed", message + ": " + error.what,
                 kName, now_());
    return error;
  }
  look.triggers = std::move(*triggers);
  look.scale = std::move(*scale);
  name_target(look.status, look.scale);
  name_metrics(look.status, look.triggers);
  if (!look.status.contains("originalReplicaCount")) look.status["originalReplicaCount"] = look.scale.wanted;
  const json& before = condition_of(look.object, "Ready");
  const bool was_checked = string_at(before, {"reason"}).ends_with("TriggerError");
  if (string_at(before, {"status"}) != "True" && !was_checked) {
    record_event(store_, look.object, "Normal", "KEDAScalersStarted", "Started scalers watch", kName, now_());
    record_event(store_, look.object, "Normal", "ScaledObjectReady", "ScaledObject is ready for scaling",
                 kName, now_());
  }
  look.set("Ready", "True", "ScaledObjectReady",
           "ScaledObject is defined correctly and is ready for scaling");
  return {};
}

Result<void> ScaledObjectController::keep_paused(Look& look) {
  const std::string autoscaler = autoscaler_name(look.object);
  if (store_.find(kAutoscalers, look.key.ns, autoscaler)) {
    const auto removed = request_deletion(store_, kAutoscalers, look.key.ns, autoscaler);
    if (!removed) return removed.error();
  }
  look.status.erase("hpaName");
  if (const auto replicas = paused_replicas(look.object)) {
    look.status["pausedReplicaCount"] = *replicas;
    if (look.scale.wanted != *replicas) {
      if (auto written = write_scale(store_, look.scale, *replicas); !written) return written;
    }
  }
  look.set("Paused", "True", "ScaledObjectPaused", "ScaledObject is paused");
  look.set("Active", "Unknown", "", "");
  return {};
}

Result<void> ScaledObjectController::keep_autoscaler(Look& look) {
  json wanted = autoscaler_for(look.object, look.triggers);
  defaults_(kAutoscalers, wanted);
  const std::string own = key_of(wanted).name;
  look.status["hpaName"] = own;
  const ObjectPtr present = store_.find(kAutoscalers, look.key.ns, own);
  if (present && at(*present, {"spec"}) == wanted["spec"]) return {};
  const auto kept = present ? store_.modify(kAutoscalers, look.key.ns, own,
                                            [&](json& changed) { changed["spec"] = wanted["spec"]; })
                            : store_.create(kAutoscalers, wanted);
  if (!kept) return kept.error();
  return {};
}

Result<void> ScaledObjectController::write_status(const Look& look) {
  const auto written = store_.modify(kScaledObjects, look.key.ns, look.key.name,
                                     [&](json& changed) { changed["status"] = look.status; });
  if (!written) return written.error();
  return {};
}

}  // namespace zdt::rehearsal
