// Watches pods, their endpoints and their logs while something else happens, and remembers when what became
// of them.
#pragma once
#include "kube/client.h"
#include "kube/pod_record.h"

namespace zdt::kube {

/// labels  selector of the pods.   ns  "": the connection's.   container  whose process and log count; "":
/// the main one.
struct Followed {
  std::string ns, labels, container;
  StopWords words;
};

/// Watches pods, EndpointSlices and Events (Killing) and follows the log of each pod's main container, while
/// it lives. One loop; the client outlives it.
class PodRecorder {
 public:
  /// Returns when all that there is has been listed once. Fails as Client::list() does, but for Events, which
  /// are a help only.
  static Task<Result<std::unique_ptr<PodRecorder>>> start(Client& client, Followed followed);
  ~PodRecorder();

  /// Asks once more for pods and endpoints, so that nothing is missing that had happened before the call.
  Task<void> catch_up();
  /// Every pod that was seen, by the time of its creation.
  std::vector<PodRecord> records() const;
  /// What could not be followed, in sentences: the logs of a pod, the Events.
  std::vector<std::string> gaps() const;
  /// Ends the watches and waits for their end.
  Task<void> end();

 private:
  struct State;
  explicit PodRecorder(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace zdt::kube
