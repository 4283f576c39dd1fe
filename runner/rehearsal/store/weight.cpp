#include "rehearsal/store/weight.h"

#include <algorithm>
#include <cmath>

namespace zdt::rehearsal {
namespace {

constexpr size_t kAllocation = 16;      // what malloc adds and rounds up
constexpr size_t kMapNode = 72 + 16;    // a red-black node with its key's string and the value
constexpr size_t kNumberText = 8, kInlineString = 15;

size_t heap_of(size_t size) { return size > kInlineString ? size + kAllocation : 0; }

void add(const json& value, size_t depth, Weight& sum) {
  sum.depth = std::max(sum.depth, depth);
  sum.memory += sizeof(json);
  if (depth > Weight::kDeepest) return;
  if (value.is_string()) {
    const size_t size = value.get_ref<const std::string&>().size();
    sum.text += size + 3;
    sum.memory += sizeof(std::string) + kAllocation + heap_of(size);
  } else if (value.is_object()) {
    sum.text += 2;
    sum.memory += sizeof(json::object_t) + kAllocation;
    for (auto entry = value.begin(); entry != value.end(); ++entry) {
      sum.text += entry.key().size() + 4;
      sum.memory += kMapNode + heap_of(entry.key().size());
      add(entry.value(), depth + 1, sum);
    }
  } else if (value.is_array()) {
    sum.text += 2;
    sum.memory += sizeof(json::array_t) + kAllocation;
    for (const json& each : value) add(each, depth + 1, sum);
  } else {
    sum.text += kNumberText;
    sum.finite = sum.finite && (!value.is_number_float() || std::isfinite(value.get<double>()));
  }
}

}  // namespace

Weight weight_of(const json& value) {
  Weight sum;
  add(value, 1, sum);
  return sum;
}

void drop_non_finite(json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) value = nullptr;
  if (!value.is_structured()) return;
  for (json& each : value) drop_non_finite(each);
}

}  // namespace zdt::rehearsal
