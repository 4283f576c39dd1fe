// The verbs on objects: what a GET, POST, PUT, PATCH or DELETE does to the store. Refusals are thrown as
// Failure.
#pragma once
#include "host/task.h"
#include "rehearsal/api/admission.h"
#include "rehearsal/api/managed_fields.h"
#include "rehearsal/api/patch.h"
#include "rehearsal/api/selector.h"

namespace zdt::rehearsal::api {

/// One object, or one that shall be made (name "").
struct Place {
  const ServedType& served;
  std::string ns, name, subresource;
};

/// Called with what is about to be written, before rules and store: `current` is null for a new object. Refuses by
/// throwing Failure.
using Guard = std::function<void(const Place& place, const json& current, const json& next)>;

/// How a write is meant: by whom, for real or as a trial, forced (server-side apply).
struct Intent {
  std::string manager = "unknown";
  bool dry_run = false, force = false;
  FieldValidation validation = FieldValidation::kWarn;
  Guard guard = {};  ///< none: everything may be written
};

struct Written {
  ObjectPtr object;
  bool created = false;
  std::vector<std::string> warnings;
};

/// grace_seconds  -1: the pod's own.   propagation  "Background", "Foreground", "Orphan".
struct Deletion {
  int64_t grace_seconds = -1;
  std::string propagation = "Background";
  std::string uid, resource_version;  ///< preconditions, "" for none
  bool dry_run = false;
};
/// From a DeleteOptions body (may be null) and the query of the request.
Deletion deletion_from(const json& options, const std::function<std::string(std::string_view)>& query);

class Objects {
 public:
  explicit Objects(Store& store) : store_(store) {}

  /// As the request's version has it.
  ObjectPtr get(const Place& place) const;
  std::vector<ObjectPtr> list(const ServedType& served, const std::string& ns,
                              const Selection& selection) const;

  Written create(const Place& place, json object, const Intent& intent);
  Written replace(const Place& place, json object, const Intent& intent);
  Written patch(const Place& place, PatchKind kind, const json& patch, const Intent& intent);
  /// Sets the replicas through the scale subresource. resource_version  "" for any.
  Written scale(const Place& place, int64_t replicas, const std::string& resource_version,
                const Intent& intent);

  /// The answer: the object that waits for its end, or a Status.
  json remove(const Place& place, const Deletion& deletion);
  /// What was asked to go. The loop goes on between them.
  Task<std::vector<ObjectPtr>> remove_all(const ServedType& served, const std::string& ns,
                                          const Selection& selection, const Deletion& deletion);

 private:
  /// What every body goes through first; the warnings of its fields.   name  "" for a new object.
  std::vector<std::string> take_in(const Place& place, const std::string& name, json& object, const Intent& intent) const;
  Written apply(const Place& place, json config, const Intent& intent);
  void check_guard(const Place& place, const Intent& intent, const json& current, const json& next) const;
  Written write_new(const Place& place, json object, const Intent& intent);
  Written write_change(const Place& place, const json& current, json object, const Intent& intent,
                       bool applied);
  void check_namespace(const Place& place, const std::string& name) const;
  void remove_instances(const json& crd);
  Store& store_;
};

/// `object` with the apiVersion of the request; custom kinds are stored in the version they were written in.
ObjectPtr as_version(const ResourceType& type, ObjectPtr object);
Shape shape_of(const ServedType& served);

}  // namespace zdt::rehearsal::api
