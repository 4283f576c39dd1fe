// A store with its controllers and a pretended kubelet, stepped by hand.
#pragma once
#include <gtest/gtest.h>

#include <chrono>

#include "base/units.h"
#include "rehearsal/controllers/controllers.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {

inline json pod_template(const json& labels, const std::string& image = "app:1") {
  return {{"metadata", {{"labels", labels}}},
          {"spec", {{"containers", json::array({{{"name", "app"}, {"image", image}}})}}}};
}

inline json deployment(const std::string& name, int64_t replicas, json strategy = json::object()) {
  const json labels = {{"app", name}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"namespace", "default"}, {"name", name}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", labels}}},
            {"strategy", std::move(strategy)},
            {"template", pod_template(labels)}}}};
}

inline json replica_set(const std::string& name, int64_t replicas) {
  json object = deployment(name, replicas);
  object["kind"] = "ReplicaSet";
  object["spec"].erase("strategy");
  return object;
}

inline json service(const std::string& name, json spec) {
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", {{"namespace", "default"}, {"name", name}}},
          {"spec", std::move(spec)}};
}

inline json pod(const std::string& name, const json& labels, const std::string& address = "",
                bool ready = true) {
  json status = {{"phase", "Running"},
                 {"podIP", address},
                 {"conditions", json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}}})}};
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"namespace", "default"}, {"name", name}, {"labels", labels}}},
          {"spec", {{"nodeName", "node"}, {"containers", json::array({{{"name", "app"}}})}}},
          {"status", std::move(status)}};
}

class Cluster {
 public:
  explicit Cluster(bool with_node = true, ControllerOptions options = {}) {
    options.now = [this] { return now; };
    controllers = std::make_unique<Controllers>(loop.get_executor(), store, std::move(options));
    if (with_node) add_node();
    settle();
  }

  void add_node(const std::string& name = "node", json labels = json::object(),
                json allocatable = {{"cpu", "64"}, {"memory", "256Gi"}, {"pods", "110"}}) {
    labels["kubernetes.io/hostname"] = name;
    json status = {{"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})}};
    status["allocatable"] = std::move(allocatable);
    store
        .create("nodes", {{"apiVersion", "v1"},
                          {"kind", "Node"},
                          {"metadata", {{"name", name}, {"labels", std::move(labels)}}},
                          {"status", std::move(status)}})
        .value();
  }

  /// Lets the controllers finish.
  void settle() { controllers->queue().drain(); }
  /// Runs one item of the queue; returns whether there was one.
  bool step() { return controllers->queue().drain(1) == 1; }
  void pass_time(milliseconds duration) {
    now += duration;
    controllers->queue().hurry();
  }

  ObjectPtr create(const std::string& resource, json object) {
    ObjectPtr created = store.create(resource, std::move(object)).value();
    return created;
  }
  json get(const std::string& resource, const std::string& name, const std::string& ns = "default") const {
    const ObjectPtr found = store.find(resource, ns, name);
    return found ? *found : json();
  }
  void change(const std::string& resource, const std::string& name, const std::function<void(json&)>& edit) {
    store.modify(resource, "default", name, edit).value();
  }
  std::vector<ObjectPtr> pods() const { return store.list("pods", "default"); }
  std::vector<ObjectPtr> active_pods() const {
    auto active = pods();
    std::erase_if(active, [](const ObjectPtr& each) { return !is_active(*each); });
    return active;
  }
  int64_t ready_pods() const {
    const auto active = active_pods();
    return std::count_if(active.begin(), active.end(), [](const ObjectPtr& each) { return is_ready(*each); });
  }

  void mark(const json& which, bool ready) {
    change("pods", key_of(which).name, [&](json& each) {
      each["status"]["phase"] = "Running";
      each["status"]["conditions"] = json::array({{{"type", "Ready"},
                                                   {"status", ready ? "True" : "False"},
                                                   {"lastTransitionTime", format_time(now)}}});
    });
  }
  /// What a kubelet would do next to one pod: remove a deleted one, or make an assigned one ready. False:
  /// nothing left.
  bool kubelet_acts() {
    for (const ObjectPtr& each : pods()) {
      if (is_deleting(*each)) {
        store.remove("pods", "default", key_of(*each).name).value();
        return true;
      }
      if (!is_ready(*each) && !string_at(*each, {"spec", "nodeName"}).empty()) {
        mark(*each, true);
        return true;
      }
    }
    return false;
  }
  /// Lets controllers and kubelet finish.
  void finish() {
    for (settle(); kubelet_acts();) settle();
  }

  asio::io_context loop;
  Store store;
  WallTime now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  std::unique_ptr<Controllers> controllers;
};

}  // namespace zdt::rehearsal
