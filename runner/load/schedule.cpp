#include "load/schedule.h"

#include <algorithm>
#include <cmath>

namespace zdt::load {

Schedule::Schedule(double rate, unsigned index, unsigned count, int64_t start)
    : rate_(rate),
      spacing_(1e9 * count / rate),
      index_(index),
      count_(count),
      origin_(start + static_cast<int64_t>(1e9 * index / rate)) {
  next_ = due();
}

Schedule::Schedule(double rate, const std::vector<Stage>& stages, unsigned index, unsigned count,
                   int64_t start)
    : rate_(0), spacing_(0), index_(index), count_(count), origin_(start) {
  Ramp ramp;
  ramp.rate = rate / 1e9;
  for (const Stage& stage : stages) {
    ramp.length = static_cast<double>(std::chrono::nanoseconds(stage.length).count());
    if (ramp.length > 0) {
      ramp.slope = (stage.rate / 1e9 - ramp.rate) / ramp.length;
      ramp.last = ramp.after(ramp.length);
      ramps_.push_back(ramp);
    }
    ramp.arrivals = ramp.last;
    ramp.start += ramp.length;
    ramp.rate = stage.rate / 1e9;
  }
  ramp.slope = 0;
  ramp.length = ramp.last = INFINITY;
  ramps_.push_back(ramp);
  next_ = due();
}

void Schedule::take() {
  ++taken_;
  next_ = due();
}

int64_t Schedule::due() const {
  if (ramps_.empty()) return origin_ + static_cast<int64_t>(spacing_ * static_cast<double>(taken_));
  return due_on_ramps(number());
}

/// Within a ramp: arrivals + rate s + slope s²/2 = arrival, solved for s in the form that stays exact when
/// the rate or the slope is near zero.
int64_t Schedule::due_on_ramps(double arrival) const {
  for (const Ramp& ramp : ramps_) {
    const double missing = arrival - ramp.arrivals;
    if (arrival > ramp.last) continue;
    const double root = std::sqrt(std::max(ramp.rate * ramp.rate + 2 * ramp.slope * missing, 0.0));
    if (ramp.rate + root <= 0) continue;
    return origin_ + static_cast<int64_t>(ramp.start + 2 * missing / (ramp.rate + root));
  }
  return kNever;
}

double Schedule::arrivals_until(int64_t now) const {
  const auto since = static_cast<double>(now - origin_);
  for (const Ramp& ramp : ramps_) {
    if (since < ramp.start + ramp.length) return ramp.after(std::max(since - ramp.start, 0.0));
  }
  return 0;
}

void Schedule::change_rate(double rate, int64_t now) {
  const double spacing = 1e9 * count_ / rate;
  auto left = static_cast<double>(next_ - now);
  if (next_ > now) {
    const double missing = ramps_.empty() ? left / spacing_ : (number() - arrivals_until(now)) / count_;
    left = missing * spacing;
  }
  ramps_.clear();
  origin_ = now + static_cast<int64_t>(left);
  taken_ = 0;
  rate_ = rate;
  spacing_ = spacing;
  next_ = due();
}

void Schedule::shift(int64_t pause) {
  origin_ += pause;
  if (next_ != kNever) next_ += pause;
}

}  // namespace zdt::load
