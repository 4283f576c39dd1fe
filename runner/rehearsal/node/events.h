// Kubernetes events of the node's doings, in the store as core/v1 Events.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// Repeated events become one whose count and lastTimestamp grow, as kubectl expects it. The newest 1,000 are
/// kept.
class EventRecorder {
 public:
  explicit EventRecorder(Store& store) : store_(&store) {}
  /// Records nothing from now on: the store may go.
  void close() { store_ = nullptr; }

  /// container  "" for the pod as a whole; init containers are named "initContainers{name}" by themselves.
  void normal(const json& pod, const std::string& container, const std::string& reason,
              const std::string& message);
  void warning(const json& pod, const std::string& container, const std::string& reason,
               const std::string& message);

 private:
  void record(const json& pod, const std::string& container, const std::string& type,
              const std::string& reason, const std::string& message);
  using Place = std::pair<std::string, std::string>;  // namespace, name
  void forget_oldest();

  Store* store_;
  std::map<std::string, Place> known_;  // what is said of whom -> the event
  std::deque<std::string> order_;
};

}  // namespace zdt::rehearsal
