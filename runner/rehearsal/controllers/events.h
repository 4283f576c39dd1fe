// Events do not stay for ever.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Removes Events that were last seen `lifetime` ago (kube-apiserver --event-ttl, 1 h by default).
class EventExpiry : public Controller {
 public:
  EventExpiry(Store& store, milliseconds lifetime, Clock now);
  std::string_view name() const override { return "event-expiry"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  Store& store_;
  milliseconds lifetime_;
  Clock now_;
};

}  // namespace zdt::rehearsal
