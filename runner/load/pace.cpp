#include "load/pace.h"

namespace zdt::load {
namespace {

constexpr int64_t kLate = 5'000'000;

}  // namespace

Pace::Pace(const Plan& plan, unsigned index, unsigned connections, SelfTally& self)
    : queue_limit_(plan.queue_limit / plan.workers + (index < plan.queue_limit % plan.workers ? 1 : 0)),
      think_time_(std::chrono::nanoseconds(plan.think_time).count()),
      self_(self) {
  if (!plan.stages.empty()) {
    schedule_.emplace(plan.rate, plan.stages, index, plan.workers, 0);
  } else if (plan.rate > 0) {
    schedule_.emplace(plan.rate, index, plan.workers, 0);
  } else {
    due_.assign(connections, 0);
  }
}

std::optional<int64_t> Pace::take(int64_t now) {
  if (paused()) return std::nullopt;
  if (!due_.empty() && due_.front() <= now) {
    const int64_t intended = schedule_ ? due_.front() : now;
    due_.pop_front();
    return intended;
  }
  return take_arrival(now);
}

std::optional<int64_t> Pace::take_arrival(int64_t now) {
  if (!schedule_ || schedule_->next() > now) return std::nullopt;
  const int64_t intended = schedule_->next();
  schedule_->take();
  ++arrivals_;
  self_.lateness.record(static_cast<uint64_t>(now - intended) / 1000);
  if (now - intended > kLate) ++self_.late_sends;
  return intended;
}

void Pace::queue_due(int64_t now) {
  if (!schedule_ || paused()) return;
  for (; schedule_->next() <= now; schedule_->take()) {
    ++arrivals_;
    if (due_.size() < queue_limit_) {
      due_.push_back(schedule_->next());
      ++self_.queued;
    } else {
      ++self_.dropped_arrivals;
    }
  }
}

void Pace::ended(int64_t now) {
  if (!schedule_) due_.push_back(now + think_time_);
}

int64_t Pace::next_due(bool connection_free) const {
  if (paused()) return kNever;
  if (connection_free && !due_.empty()) return due_.front();
  return schedule_ ? schedule_->next() : kNever;
}

void Pace::change_rate(double rate, int64_t now) {
  if (schedule_ && schedule_->rate() != rate) schedule_->change_rate(rate, paused_since_.value_or(now));
}

void Pace::set_paused(bool pause, int64_t now) {
  if (pause == paused()) return;
  if (pause) {
    paused_since_ = now;
    return;
  }
  const int64_t length = now - *paused_since_;
  if (schedule_) schedule_->shift(length);
  paused_time_ += length;
  paused_since_.reset();
}

void Pace::close(int64_t now) {
  set_paused(false, now);
  if (schedule_) self_.unsent_arrivals += due_.size();
  due_.clear();
  closed_at_ = now;
}

}  // namespace zdt::load
