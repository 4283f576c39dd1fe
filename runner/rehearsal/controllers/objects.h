// What controllers ask of any object: labels, owners, conditions.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

bool is_deleting(const json& object);
const json& labels_of(const json& object);

/// Whether `labels` holds every pair of `wanted` (a Service's selector, a nodeSelector); an empty one selects
/// nothing.
bool holds_labels(const json& labels, const json& wanted);

/// Whether a metav1.LabelSelector (matchLabels, matchExpressions) selects `labels`. An empty or missing
/// selector selects nothing here: no kind that we act on allows it.
bool selects(const json& selector, const json& labels);

/// An entry of ownerReferences that names `owner` its controller.
json controller_reference(const json& owner, std::string_view api_version, std::string_view kind);
/// The owner reference with controller: true; null when there is none.
const json& controller_of(const json& object);
/// The name of the controller when it is of `kind`, else "".
std::string controller_name(const json& object, std::string_view kind);

/// The condition of `type` in status.conditions; null when there is none.
const json& condition_of(const json& object, std::string_view type);
bool condition_is_true(const json& object, std::string_view type);

/// The objects of `resource` that `owner` controls: those that name it and match its spec.selector. Orphans
/// that match are adopted, its own that no longer match are released
/// (kubernetes/pkg/controller/controller_ref_manager.go). An owner that is being deleted adopts nothing.
std::vector<ObjectPtr> claim(Store& store, const std::string& resource, const json& owner,
                             std::string_view api_version, std::string_view kind);

/// Writes a core/v1 Event about `object`; the same reason and message again only counts up
/// (client-go/tools/record/events_cache.go).
void record_event(Store& store, const json& object, std::string_view type, std::string_view reason,
                  const std::string& message, std::string_view component, WallTime now);

/// Whether spec.selector selects what spec.template makes. A workload for which it does not would make new ones for ever;
/// the API refuses it. It gets a Warning event from `component`.
bool selects_its_template(Store& store, const json& workload, std::string_view component, WallTime now);

/// The object's status, an object whose conditions are a list of objects, whatever was written there.
json sound_status(const json& object);

/// Writes `field`, but leaves zero out, as the counts of apps/v1 statuses do (`omitempty`).
void put_count(json& status, const char* field, int64_t value);

/// FNV-1a, 32 bit: the hash behind pod-template-hash.
uint32_t fnv32a(std::string_view text);

}  // namespace zdt::rehearsal
