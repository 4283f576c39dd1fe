#include "rehearsal/controllers/events.h"

#include <fmt/format.h>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

json reference_to(const json& object) {
  return {{"apiVersion", string_at(object, {"apiVersion"})},
          {"kind", string_at(object, {"kind"})},
          {"namespace", string_at(object, {"metadata", "namespace"})},
          {"name", string_at(object, {"metadata", "name"})},
          {"uid", string_at(object, {"metadata", "uid"})}};
}

/// The newest of the times that an Event may carry: which of them it has depends on who wrote it.
std::string last_seen(const json& event) {
  const std::string created = string_at(event, {"metadata", "creationTimestamp"});
  const std::string single = string_at(event, {"eventTime"}, created);
  return string_at(event, {"series", "lastObservedTime"}, string_at(event, {"lastTimestamp"}, single));
}

}  // namespace

void record_event(Store& store, const json& object, std::string_view type, std::string_view reason,
                  const std::string& message, std::string_view component, WallTime now) {
  const json subject = reference_to(object);
  const std::string own_ns = string_at(subject, {"namespace"});
  const std::string ns = own_ns.empty() ? "default" : own_ns;
  const std::string name =
      fmt::format("{}.{:08x}", string_at(subject, {"name"}),
                  fnv32a(fmt::format("{}|{}|{}|{}", subject.dump(), type, reason, message)));
  const std::string time = format_time(now);
  auto count_up = [&](json& event) {
    event["count"] = int32_at(event, {"count"}) + 1;
    event["lastTimestamp"] = time;
  };
  if (store.find("events", ns, name)) {
    (void)store.modify("events", ns, name, count_up);  // it is there: nothing can fail
    return;
  }
  (void)store.create("events", {{"apiVersion", "v1"},
                                {"kind", "Event"},
                                {"metadata", {{"namespace", ns}, {"name", name}}},
                                {"involvedObject", subject},
                                {"type", type},
                                {"reason", reason},
                                {"message", message},
                                {"source", {{"component", component}}},
                                {"reportingComponent", component},
                                {"firstTimestamp", time},
                                {"lastTimestamp", time},
                                {"count", 1}});
}

EventExpiry::EventExpiry(Store& store, milliseconds lifetime, Clock now)
    : store_(store), lifetime_(lifetime), now_(std::move(now)) {}

std::vector<Key> EventExpiry::concerned(const Event& event) {
  if (event.resource != "events" || event.change == Change::kDeleted) return {};
  const Key key = key_of(*event.object);
  if (event.change != Change::kAdded) return {key};
  order_.push_back(key);
  if (order_.size() > 2 * kMost) order_.pop_front();
  return store_.count("events") > kMost ? std::vector<Key>{key, {}} : std::vector<Key>{key};
}

Result<Outcome> EventExpiry::make_room() {
  while (store_.count("events") > kMost && !order_.empty()) {
    const Key oldest = order_.front();
    order_.pop_front();
    if (!store_.find("events", oldest.ns, oldest.name)) continue;
    const auto removed = store_.remove("events", oldest.ns, oldest.name);
    if (!removed) return removed.error();
  }
  return Outcome{};
}

Result<Outcome> EventExpiry::reconcile(const Key& key) {
  if (key == Key{}) return make_room();
  const ObjectPtr event = store_.find("events", key.ns, key.name);
  if (!event) return Outcome{};
  const auto seen = parse_time(last_seen(*event));
  const auto age = seen ? std::chrono::duration_cast<milliseconds>(now_() - *seen) : lifetime_;
  if (age < lifetime_) return Outcome{lifetime_ - age};
  const auto removed = store_.remove("events", key.ns, key.name);
  if (!removed) return removed.error();
  return Outcome{};
}

}  // namespace zdt::rehearsal
