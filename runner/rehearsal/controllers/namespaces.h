// What every namespace holds, and how one goes.
#pragma once
#include <set>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// A living namespace gets the finalizer "kubernetes", phase Active, the ServiceAccount `default` and the
/// ConfigMap `kube-root-ca.crt`. One that is being deleted (or is gone) is emptied, pods with their grace
/// period, and the finalizer taken away when nothing is left, which removes it.
class NamespaceController : public Controller {
 public:
  /// ca_certificate  PEM, what `kube-root-ca.crt` holds as ca.crt.
  NamespaceController(Store& store, std::string ca_certificate);
  std::string_view name() const override { return "namespace"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "namespaces"; }

 private:
  Result<void> furnish(const json& space);
  Result<void> create_missing(const std::string& resource, json object);
  /// Asks for the end of everything inside; returns whether nothing is left.
  Result<bool> empty(const std::string& ns);

  Store& store_;
  std::string ca_certificate_;
  std::set<std::string> resources_;  // that were ever seen with a namespace
};

}  // namespace zdt::rehearsal
