#include "rehearsal/controllers/left_out.h"

#include <spdlog/spdlog.h>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

/// A fault is told on at most so many objects at once: each event is an object too.
constexpr size_t kMostTold = 1000;

}  // namespace

void leave_out(LeftOutList list, const std::string& resource, const json& object, std::string what) {
  if (list != nullptr) list->push_back({resource, key_of(object), std::move(what)});
}

void LeftOutEvents::tell(const std::vector<LeftOut>& all) {
  std::set<LeftOut> now;
  for (const LeftOut& each : all) {
    if (now.size() >= kMostTold) break;
    if (!now.insert(each).second || told_.contains(each)) continue;
    spdlog::warn("{}: {} {}/{}: {}", component_, each.resource, each.key.ns, each.key.name, each.what);
    const ObjectPtr object = store_.find(each.resource, each.key.ns, each.key.name);
    if (object)
      record_event(store_, *object, "Warning", "LeftOut", each.what, component_, std::chrono::system_clock::now());
  }
  told_ = std::move(now);
}

}  // namespace zdt::rehearsal
