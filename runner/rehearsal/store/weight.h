// How large an object is, told without writing it out.
#pragma once
#include <cstddef>

#include "base/json.h"

namespace zdt::rehearsal {

/// text    about as many bytes as its JSON has.   memory  about as many as it takes here, which may be 30 times that
/// ([{},{},…]).   depth  of nesting; looking stops below kDeepest.   finite  whether all numbers are ones that JSON has.
struct Weight {
  static constexpr size_t kDeepest = 500;
  size_t text = 0, memory = 0, depth = 0;
  bool finite = true;
};

Weight weight_of(const json& value);

/// Makes null of every number that JSON has not (NaN, infinity), as writing it out does: NaN differs from itself, and a
/// controller would never be done with it.
void drop_non_finite(json& value);

}  // namespace zdt::rehearsal
