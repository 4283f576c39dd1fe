// What of the stored objects is left out of rules, names and configurations, because it is no address, port or name.
#pragma once
#include <set>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// resource, key  the object that the fault is in.   what  one sentence.
struct LeftOut {
  std::string resource;
  Key key;
  std::string what;
  auto operator<=>(const LeftOut&) const = default;
};

/// Takes faults on; null where nobody wants to know.
using LeftOutList = std::vector<LeftOut>*;
void leave_out(LeftOutList list, const std::string& resource, const json& object, std::string what);

/// Tells each fault as a Warning event on its object: once, until it has been away.
class LeftOutEvents {
 public:
  LeftOutEvents(Store& store, std::string component) : store_(store), component_(std::move(component)) {}
  /// `all` that is left out now. It must not be called while the store tells of a change.
  void tell(const std::vector<LeftOut>& all);

 private:
  Store& store_;
  std::string component_;
  std::set<LeftOut> told_;
};

}  // namespace zdt::rehearsal
