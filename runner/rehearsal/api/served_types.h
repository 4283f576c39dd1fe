// Every kind that can be asked for right now: the built-in ones, and those that CustomResourceDefinitions
// add.
#pragma once
#include <optional>
#include <set>

#include "rehearsal/store/store.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

inline const char* const kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";

/// definition  of a custom kind: its entry in spec.versions (schema, subresources, additionalPrinterColumns);
/// null for
///             a built-in one.
/// categories  such as "all".
/// privileged  whether its containers may be privileged.
struct ServedType {
  ResourceType type;
  json definition;
  std::vector<std::string> categories;
  bool privileged = false;
  bool is_custom() const { return !definition.is_null(); }
  /// The schema of a custom kind (openAPIV3Schema), or null.
  const json& schema() const { return at(definition, {"schema", "openAPIV3Schema"}); }
};

/// Whether `resource` ("roles.rbac.authorization.k8s.io") is a built-in kind's. A definition of that name opens no second
/// door to its objects: it is stored, but neither served, nor do the objects go with it.
bool names_builtin(const std::string& resource);

/// acted_on    custom resources ("rollouts.argoproj.io") that a controller acts on.
/// privileged  of every kind: whether containers may be privileged.
class ServedTypes {
 public:
  explicit ServedTypes(const Store& store, std::set<std::string> acted_on = {}, bool privileged = false)
      : store_(store), acted_on_(std::move(acted_on)), privileged_(privileged) {}
  /// Built-in ones first, then custom ones by name; a custom kind once for each served version.
  std::vector<ServedType> all() const;
  std::optional<ServedType> find(const std::string& group, const std::string& version,
                                 const std::string& plural) const;

 private:
  std::optional<ServedType> look_up(const std::string& group, const std::string& version, const std::string& plural) const;
  const Store& store_;
  std::set<std::string> acted_on_;
  bool privileged_;
};

}  // namespace zdt::rehearsal::api
