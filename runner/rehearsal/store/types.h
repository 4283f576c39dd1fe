// The kinds that the rehearsal API serves.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal {

/// group  "" for the core group.   acted_on  false: stored like a custom resource, no controller acts on it.
/// measured  not stored, but answered from what the node measures; can only be read.
struct ResourceType {
  std::string group, version, kind, plural, singular;
  bool namespaced = true;
  bool status = false;  ///< has a status subresource
  bool scale = false;   ///< has a scale subresource
  bool acted_on = true;
  bool measured = false;
  std::vector<std::string> short_names;

  /// "plural" or "plural.group", the store's name of it.
  std::string resource() const { return group.empty() ? plural : plural + "." + group; }
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
};

/// Every built-in kind, in the order in which discovery lists them.
const std::vector<ResourceType>& builtin_types();

}  // namespace zdt::rehearsal
