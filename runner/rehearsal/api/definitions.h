// The kinds of the add-ons that the rehearsal cluster has built in (Argo Rollouts, KEDA, Gateway API …).
#pragma once
#include <set>
#include <string>

#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// Stores every CustomResourceDefinition of the YAML files in `folder` as established, and returns the resources
/// ("rollouts.argoproj.io") that a controller acts on: all but those that are annotated `zdt.dev/acted-on: "no"`.
/// Fails kScript (broken YAML), kInvalid (something else than a definition), kConflict (the same twice).
Result<std::set<std::string>> install_definitions(Store& store, const std::string& folder);

}  // namespace zdt::rehearsal
