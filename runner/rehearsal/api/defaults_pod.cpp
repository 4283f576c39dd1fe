#include "rehearsal/api/defaults.h"

namespace zdt::rehearsal::api {
namespace {

json* find_object(json& object, const char* field) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(field);
  return found != object.end() && found->is_object() ? &*found : nullptr;
}

json* find_array(json& object, const char* field) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(field);
  return found != object.end() && found->is_array() ? &*found : nullptr;
}

/// Calls `visit` for every object in the array `field`.
template <class Visit>
void for_each(json& object, const char* field, Visit visit) {
  json* items = find_array(object, field);
  if (items == nullptr) return;
  for (json& item : *items) {
    if (item.is_object()) visit(item);
  }
}

void default_http_get(json& handler) {
  if (json* http = find_object(handler, "httpGet")) {
    set_default(*http, "path", "/");
    set_default(*http, "scheme", "HTTP");
  }
}

void default_probe(json& container, const char* name) {
  json* probe = find_object(container, name);
  if (probe == nullptr) return;
  set_default(*probe, "timeoutSeconds", 1);
  set_default(*probe, "periodSeconds", 10);
  set_default(*probe, "successThreshold", 1);
  set_default(*probe, "failureThreshold", 3);
  default_http_get(*probe);
  if (json* grpc = find_object(*probe, "grpc")) set_default(*grpc, "service", "");
}

/// Images without a tag, or with "latest", are pulled always.
std::string pull_policy(const std::string& image) {
  if (image.find('@') != std::string::npos) return "IfNotPresent";
  const size_t colon = image.rfind(':'), slash = image.rfind('/');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return tagged && image.substr(colon + 1) != "latest" ? "IfNotPresent" : "Always";
}

/// A limit without a request is the request, too.
void default_requests(json& container) {
  json& resources = set_default(container, "resources", json::object());
  const json limits = object_at(resources, {"limits"});
  for (const auto& [name, amount] : limits.items()) set_default(resources["requests"], name.c_str(), amount);
}

void default_container(json& container) {
  set_default(container, "terminationMessagePath", "/dev/termination-log");
  set_default(container, "terminationMessagePolicy", "File");
  set_default(container, "imagePullPolicy", pull_policy(string_at(container, {"image"})));
  default_requests(container);
  for_each(container, "ports", [](json& port) { set_default(port, "protocol", "TCP"); });
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    default_probe(container, probe);
  if (json* lifecycle = find_object(container, "lifecycle")) {
    for (const char* hook : {"postStart", "preStop"}) {
      if (json* handler = find_object(*lifecycle, hook)) default_http_get(*handler);
    }
  }
  for_each(container, "env", [](json& variable) {
    json* source = find_object(variable, "valueFrom");
    json* field = source != nullptr ? find_object(*source, "fieldRef") : nullptr;
    if (field != nullptr) set_default(*field, "apiVersion", "v1");
  });
}

void default_volume(json& volume) {
  constexpr int kReadableByAll = 0644;
  for (const char* source : {"configMap", "secret", "projected", "downwardAPI"}) {
    if (json* content = find_object(volume, source)) set_default(*content, "defaultMode", kReadableByAll);
  }
  if (json* path = find_object(volume, "hostPath")) set_default(*path, "type", "");
  const bool named_only = volume.size() == 1 && volume.contains("name");
  if (named_only) volume["emptyDir"] = json::object();
}

}  // namespace

json& set_default(json& object, const char* field, json value) {
  if (object.is_null()) object = json::object();
  json& place = object[field];
  if (place.is_null()) place = std::move(value);
  return place;
}

void default_pod_spec(json& spec) {
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "dnsPolicy", "ClusterFirst");
  set_default(spec, "terminationGracePeriodSeconds", 30);
  set_default(spec, "schedulerName", "default-scheduler");
  set_default(spec, "securityContext", json::object());
  for (const char* list : {"containers", "initContainers"}) for_each(spec, list, default_container);
  for_each(spec, "volumes", default_volume);
  const std::string account = string_at(spec, {"serviceAccountName"}, string_at(spec, {"serviceAccount"}));
  if (account.empty()) return;
  set_default(spec, "serviceAccountName", account);
  set_default(spec, "serviceAccount", account);
}

std::string quality_of_service(const json& pod_spec) {
  bool any = false, guaranteed = true;
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(pod_spec, {list})) {
      const json& limits = object_at(container, {"resources", "limits"});
      const json& requests = object_at(container, {"resources", "requests"});
      any = any || !limits.empty() || !requests.empty();
      for (const char* name : {"cpu", "memory"}) {
        guaranteed =
            guaranteed && limits.contains(name) && requests.contains(name) && limits[name] == requests[name];
      }
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

void default_pod(json& pod) {
  json& spec = pod["spec"];
  default_pod_spec(spec);
  set_default(spec, "enableServiceLinks", true);
  set_default(spec, "serviceAccountName", "default");  // the ServiceAccount admission's part
  set_default(spec, "serviceAccount", spec["serviceAccountName"]);
  set_default(spec, "preemptionPolicy", "PreemptLowerPriority");
  set_default(spec, "priority", 0);
}

}  // namespace zdt::rehearsal::api
