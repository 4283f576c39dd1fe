#include "load/schedule.h"

namespace zdt::load {

Schedule::Schedule(double rate, unsigned index, unsigned count, int64_t start)
    : rate_(rate),
      spacing_(1e9 * count / rate),
      count_(count),
      origin_(start + static_cast<int64_t>(1e9 * index / rate)) {}

void Schedule::change_rate(double rate, int64_t now) {
  const double spacing = 1e9 * count_ / rate;
  const int64_t due = next();
  const double left =
      due > now ? static_cast<double>(due - now) / spacing_ * spacing : static_cast<double>(due - now);
  origin_ = now + static_cast<int64_t>(left);
  taken_ = 0;
  rate_ = rate;
  spacing_ = spacing;
}

void Schedule::shift(int64_t pause) { origin_ += pause; }

}  // namespace zdt::load
