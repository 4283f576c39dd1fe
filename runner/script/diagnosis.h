// What a cluster says about a step that failed.
#pragma once
#include "kube/client.h"

namespace zdt::script {

/// A list of {title, lines}: pods that are not well with their states, the newest warnings (but none of pods that are
/// gone, nor of the starting of those that are well), the last log lines of those pods. Empty when the cluster does not answer.
Task<json> diagnosis_of(kube::Client& client);

}  // namespace zdt::script
