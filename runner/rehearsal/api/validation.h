// Rules that an object must keep, in kubectl's words (pkg/apis/*/validation). Pure: nothing is looked up.
#pragma once
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {

/// Collects violated rules.
class Causes {
 public:
  void required(std::string field, std::string why = "");
  /// value  as it stands in the message: strings quoted, others as JSON.
  void invalid(std::string field, const json& value, const std::string& why);
  void duplicate(std::string field, const json& value);
  void forbidden(std::string field, const std::string& why);
  void unsupported(std::string field, const json& value, const std::vector<std::string>& supported);
  void missing_reference(std::string field, const json& value);
  const std::vector<Cause>& all() const { return causes_; }

 private:
  std::vector<Cause> causes_;
};

/// Throws Failure 422 with every broken rule. `previous` null: a new object.
void validate(const ResourceType& type, const json& object, const json& previous);

/// The parts.
void validate_metadata(const ResourceType& type, const json& object, Causes& causes);
void validate_pod_spec(const json& spec, const std::string& field, Causes& causes);
void validate_workload(const ResourceType& type, const json& object, Causes& causes);
void validate_service(const json& service, Causes& causes);
void validate_disruption_budget(const json& budget, Causes& causes);
void validate_autoscaler(const json& autoscaler, Causes& causes);
void validate_definition(const json& crd, Causes& causes);
/// Fields that never change.
void validate_change(const ResourceType& type, const json& object, const json& previous, Causes& causes);

}  // namespace zdt::rehearsal::api
