#pragma once

#include <chrono>
#include <thread>

namespace monolith::test {

/// Polls until `holds` is true; false when 5 s have passed.
template <class Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace monolith::test
