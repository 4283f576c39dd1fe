// What an audit could judge, and what it could not.
#pragma once
#include "audit/finding.h"

namespace zdt::audit {

/// judged  objects with pods of their own, budgets, and Dockerfiles.
/// kinds   of objects that no rule reads, with their number, by name.
/// unread  one sentence for each thing within the judged objects, or among the files, that cannot be read.
struct Coverage {
  size_t judged = 0;
  std::vector<std::pair<std::string, size_t>> kinds;
  std::vector<std::string> unread;

  /// "2 HelmRelease, 1 Job"; "" without any.
  std::string kinds_text() const;
};

Coverage coverage_of(const Input& input);

/// What kubectl and kustomize call an object: group, kind, namespace ("default" for none) and name.
std::string identity_of(const json& object);

/// The objects of a list (List, PodList …), or the object itself. Items without a kind get the list's.
/// from_list  whether it was one.
struct Flattened {
  std::vector<json> objects;
  bool from_list = false;
};
Flattened flattened(json object);

}  // namespace zdt::audit
