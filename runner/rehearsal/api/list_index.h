// Finding the items of a list by what tells them apart, in a time that does not grow with the list.
#pragma once
#include <functional>
#include <string>
#include <unordered_map>

#include "rehearsal/api/shape.h"

namespace zdt::rehearsal::api {

/// What tells an item from another one of its list, as text: equal texts, same item.
using Identity = std::function<std::string(const json&)>;

/// By the values of `keys` (with Kubernetes' defaults, key_value()), or by the item as a whole when there are none.
Identity identity_by(std::vector<std::string> keys);
/// By the value of `key` alone, without defaults, as strategic merge patches have it; "" is the item as a whole.
Identity identity_by_merge_key(std::string key);

/// The places of a list's items. The list must not change meanwhile.
class ListIndex {
 public:
  ListIndex(const json& list, const Identity& identity);
  /// The first item that is the same as `item`; -1 without one.
  int64_t find(const json& item) const { return find_identity(identity_(item)); }
  int64_t find_identity(const std::string& identity) const;

 private:
  const Identity& identity_;
  std::unordered_map<std::string, int64_t> places_;
};

/// A value as text, 3.0 like 3.
std::string identity_text(const json& value);

}  // namespace zdt::rehearsal::api
