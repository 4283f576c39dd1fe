// Events do not stay for ever.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Removes Events that were last seen `lifetime` ago (kube-apiserver --event-ttl, 1 h by default), and those that came
/// first where there are more than kMost.
class EventExpiry : public Controller {
 public:
  static constexpr size_t kMost = 5'000;
  EventExpiry(Store& store, milliseconds lifetime, Clock now);
  std::string_view name() const override { return "event-expiry"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  Result<Outcome> make_room();

  Store& store_;
  milliseconds lifetime_;
  Clock now_;
  std::deque<Key> order_;  // of arrival; some have gone since
};

}  // namespace zdt::rehearsal
