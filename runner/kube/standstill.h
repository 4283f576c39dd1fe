// Why pods do not get ready, and which causes do not pass by themselves.
#pragma once
#include "kube/client.h"

namespace zdt::kube {

/// key    the pod and the kind of cause: ErrImagePull and ImagePullBackOff take turns, and are one.
/// pod    "keda/keda-operator-7d4".   cause  "ImagePullBackOff: Back-off pulling image …", one line.
/// lasts  whether it is of the causes that only a person ends.
struct Trouble {
  std::string key, pod, cause;
  bool lasts = false;
};

/// What keeps the pod from getting ready, by its containers' states and its condition PodScheduled; nothing when nothing does
/// (ready, ended, being deleted). https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
std::optional<Trouble> trouble_of(const json& pod);

/// Why a definition will not be established: its names are another's, or it is being deleted; else "".
/// https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
std::string refusal_of(const json& definition);

/// What a wait sees when it looks up. waiting  what it still waits for, in words; "" when nothing can be said.
/// lasting  a cause that was there for the whole patience, by name; else "".   hint  what shows more of that one.
struct Standstill {
  std::string waiting, lasting, hint;
};

/// Looks at pods again and again, and remembers since when each trouble lasts.
class PodTroubles {
 public:
  using Chosen = std::function<bool(const json& pod)>;
  /// pods  which ones, as Client::list() takes it.   chosen  which of those; null: all.
  PodTroubles(Client& client, Query pods, milliseconds patience, Chosen chosen = {})
      : client_(client), pods_(std::move(pods)), patience_(patience), chosen_(std::move(chosen)) {}

  /// A cluster that does not answer right now has no trouble, and says so in `waiting`.
  Task<Standstill> look();

 private:
  using Time = std::chrono::steady_clock::time_point;
  void note(const Trouble& trouble, const std::map<std::string, Time>& before, Standstill& seen);

  Client& client_;
  Query pods_;
  milliseconds patience_;
  Chosen chosen_;
  std::map<std::string, Time> since_;  ///< by Trouble::key
};

}  // namespace zdt::kube
