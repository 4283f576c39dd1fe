#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostCronName = 52;  // a Job's name has 11 characters more

void check_job_spec(const json& spec, const Where& where, Causes& causes) {
  for (const char* field : {"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
                            "backoffLimitPerIndex", "maxFailedIndexes", "ttlSecondsAfterFinished"}) {
    check_not_negative(spec, field, where, causes);
  }
  check_choice(spec, "completionMode", {"Indexed", "NonIndexed"}, where, causes);
  check_choice(spec, "podReplacementPolicy", {"Failed", "TerminatingOrFailed"}, where, causes);
  check_selector(at(spec, {"selector"}), where / "selector", causes);
  const Where pattern = where / "template";
  check_pod_template(object_at(spec, {"template"}), pattern, causes);
  const std::string policy = string_at(spec, {"template", "spec", "restartPolicy"}, "Always");
  if (policy == "Always")
    causes.required(pattern / "spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
}

/// Five fields, or one of the names. What is in the fields nobody here reads.
std::string broken_schedule_rule(std::string_view schedule) {
  if (schedule.starts_with('@')) return "";
  size_t fields = 0;
  for (const std::string& word : split(schedule, ' ')) fields += word.empty() ? 0 : 1;
  return fields == 5 ? "" : fmt::format("expected exactly 5 fields, found {}", fields);
}

}  // namespace

void check_job(const json& job, Causes& causes) { check_job_spec(object_at(job, {"spec"}), Where("spec"), causes); }

void check_cron_job(const json& job, Causes& causes) {
  const json& spec = object_at(job, {"spec"});
  const Where where("spec"), metadata("metadata");
  const std::string name = string_at(job, {"metadata", "name"});
  if (name.size() > kMostCronName) causes.invalid(metadata / "name", name, "must be no more than 52 characters");
  if (check_required(spec, "schedule", where, causes)) check_field(spec, "schedule", broken_schedule_rule, where, causes);
  check_choice(spec, "concurrencyPolicy", {"Allow", "Forbid", "Replace"}, where, causes);
  for (const char* field : {"startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"})
    check_not_negative(spec, field, where, causes);
  const Where pattern = where / "jobTemplate";
  check_labels(at(spec, {"jobTemplate", "metadata", "labels"}), pattern / "metadata.labels", causes);
  check_annotations(at(spec, {"jobTemplate", "metadata", "annotations"}), pattern / "metadata.annotations", causes);
  check_job_spec(object_at(spec, {"jobTemplate", "spec"}), pattern / "spec", causes);
}

}  // namespace zdt::rehearsal::api
