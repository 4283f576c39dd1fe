#include "rehearsal/controllers/namespaces.h"

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kNamespaceResource = "namespaces";
constexpr size_t kMostAsked = 100;  // objects to go, a turn of the loop

void make_active(json& space) {
  for (const char* part : {"spec", "status"}) {
    if (!space[part].is_object()) space[part] = json::object();
  }
  if (!at(space, {"metadata", "labels"}).is_object()) space["metadata"]["labels"] = json::object();
  space["spec"]["finalizers"] = json::array({"kubernetes"});
  space["status"]["phase"] = "Active";
  space["metadata"]["labels"]["kubernetes.io/metadata.name"] = key_of(space).name;
}

}  // namespace

NamespaceController::NamespaceController(Store& store, std::string ca_certificate)
    : store_(store), ca_certificate_(std::move(ca_certificate)) {}

std::vector<Key> NamespaceController::concerned(const Event& event) {
  if (event.resource == kNamespaceResource) return {{"", key_of(*event.object).name}};
  const std::string ns = key_of(*event.object).ns;
  if (ns.empty()) return {};
  resources_.insert(event.resource);
  const ObjectPtr space = store_.find(kNamespaceResource, "", ns);
  // A ServiceAccount or ConfigMap that somebody removed comes back; of a namespace that goes, all changes
  // count.
  const bool furniture = event.resource == "serviceaccounts" || event.resource == "configmaps";
  const bool matters = space && (is_deleting(*space) || (furniture && event.change == Change::kDeleted));
  return matters ? std::vector<Key>{{"", ns}} : std::vector<Key>{};
}

Result<Outcome> NamespaceController::reconcile(const Key& key) {
  const ObjectPtr space = store_.find(kNamespaceResource, "", key.name);
  if (space && !is_deleting(*space)) {
    const auto furnished = furnish(*space);
    if (!furnished) return furnished.error();
    return Outcome{};
  }
  const auto emptied = empty(key.name);
  if (!emptied) return emptied.error();
  if (!space || !*emptied) return Outcome{};
  const auto finished = store_.modify(kNamespaceResource, "", key.name, [](json& changed) {
    changed["spec"] = object_at(changed, {"spec"});
    changed["spec"]["finalizers"] = json::array();
  });
  if (!finished) return finished.error();
  return Outcome{};
}

Result<void> NamespaceController::furnish(const json& space) {
  const std::string ns = key_of(space).name;
  const auto active = store_.modify(kNamespaceResource, "", ns, make_active);
  if (!active) return active.error();
  auto account = create_missing("serviceaccounts", {{"apiVersion", "v1"},
                                                    {"kind", "ServiceAccount"},
                                                    {"metadata", {{"namespace", ns}, {"name", "default"}}}});
  if (!account) return account;
  return create_missing("configmaps", {{"apiVersion", "v1"},
                                       {"kind", "ConfigMap"},
                                       {"metadata", {{"namespace", ns}, {"name", "kube-root-ca.crt"}}},
                                       {"data", {{"ca.crt", ca_certificate_}}}});
}

Result<void> NamespaceController::create_missing(const std::string& resource, json object) {
  const auto [ns, name] = key_of(object);
  if (store_.find(resource, ns, name)) return {};
  const auto created = store_.create(resource, std::move(object));
  if (!created) return created.error();
  return {};
}

Result<bool> NamespaceController::empty(const std::string& ns) {
  bool nothing_left = true;
  size_t asked_for = 0;
  for (const std::string& resource : resources_) {
    for (const ObjectPtr& object : store_.list(resource, ns)) {
      const std::string name = key_of(*object).name;
      if (asked_for == kMostAsked) return false;  // the events of those that go bring the rest
      if (!is_deleting(*object)) {
        ++asked_for;
        const auto asked = request_deletion(store_, resource, ns, name);
        if (!asked) return asked.error();
      }
      nothing_left = nothing_left && !store_.find(resource, ns, name);
    }
  }
  return nothing_left;
}

}  // namespace zdt::rehearsal
