// How the lists and maps of an object merge: the patchMergeKey, patchStrategy, listType and mapType tags of
// Kubernetes' Go types (staging/src/k8s.io/api), or the x-kubernetes-* extensions of a custom resource's
// schema. https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal::api {

/// The names of the fields down to a place, list items left out: {"spec", "template", "spec", "containers",
/// "ports"}.
using Names = std::vector<std::string>;

/// kAtomic  replaced as a whole.   kSet  of scalars.   kMap  of objects told apart by `keys`.
struct ListShape {
  enum class Kind { kAtomic, kSet, kMap } kind = Kind::kAtomic;
  std::vector<std::string> keys;
};

/// The shapes of one kind.
class Shape {
 public:
  /// Of the built-in kinds.
  Shape() = default;
  /// Of a custom kind; `schema` is its openAPIV3Schema, and must outlive this. A null schema: all lists are
  /// atomic.
  static Shape of_schema(const json& schema);

  /// For server-side apply.
  ListShape list(const Names& names) const;
  bool is_atomic_map(const Names& names) const;
  /// For strategic merge patch: the one merge key; kAtomic lists are replaced.
  ListShape patch_list(const Names& names) const;

 private:
  bool custom_ = false;
  const json* schema_ = nullptr;
};

/// The value of `key` in a list item, with the default that Kubernetes gives it (protocol: TCP); null when
/// missing.
json key_value(const json& item, const std::string& key);

}  // namespace zdt::rehearsal::api
