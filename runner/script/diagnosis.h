// What a cluster says about a step that failed.
#pragma once
#include "kube/client.h"
#include "script/touched.h"

namespace zdt::script {

/// A list of {title, lines}, of the namespaces that the step touched (none: the connection's own): pods that are not well
/// with their states, the newest warnings, the last log lines of those pods. Warnings are those since the step began, about
/// what it touched (and what was made of that: web-7f, web-7f-x2 of web), but none of pods that are gone, nor of the
/// starting of those that are well. Empty when the cluster does not answer.
Task<json> diagnosis_of(kube::Client& client, Touched touched = {});

}  // namespace zdt::script
