// Refusals in Kubernetes' words: a metav1.Status with its HTTP code, thrown inside the API room and answered
// by Api::handle. Words and reasons: apimachinery/pkg/api/errors/errors.go.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// A metav1.Status that says no. what() is its message.
class Failure : public std::runtime_error {
 public:
  /// details  {} or {name, group, kind, causes}.
  Failure(int code, std::string reason, const std::string& message, json details = json::object());
  int code() const { return code_; }
  const json& status() const { return status_; }

 private:
  int code_;
  json status_;
};

/// One violated rule: reason is FieldValueRequired, FieldValueInvalid …; message is what follows the field.
struct Cause {
  std::string reason, field, message;
};

Failure not_found(const ResourceType& type, const std::string& name);
Failure already_exists(const ResourceType& type, const std::string& name);
Failure conflict(const ResourceType& type, const std::string& name, const std::string& message);
/// name "" for a whole collection.
Failure forbidden(const ResourceType& type, const std::string& name, const std::string& message);
/// 422 with one cause per violated rule.
Failure invalid(const ResourceType& type, const std::string& name, const std::vector<Cause>& causes);
Failure bad_request(const std::string& message);
Failure unauthorized();
/// 410: a resource version that is too old.
Failure expired(const std::string& message);
Failure service_unavailable(const std::string& message);
Failure unknown_path();
Failure method_not_allowed();
Failure not_acceptable();
Failure unsupported_media_type(const std::vector<std::string>& accepted);
/// 429, when a PodDisruptionBudget does not let a pod go; `why` is the cause.
Failure disruption_refused(const std::string& why, int64_t retry_after_seconds);
Failure internal_error(const std::string& message);
/// The store's limits (store.h, StoreLimits): 413 for an object that is too large, 403 as a quota has it otherwise.
Failure no_room(const ResourceType& type, const std::string& name, const Error& error);
Failure too_large(const std::string& message);
/// A body that the server does not read, with the HTTP status that it gave: 413, 429 or 400.
Failure body_refused(int status, const std::string& why);

/// {"kind": "Status", "status": "Success", …} as a deletion answers it.
json success_status(const ResourceType& type, const std::string& name, const std::string& uid);

}  // namespace zdt::rehearsal::api
