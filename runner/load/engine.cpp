#include "load/engine.h"

#include <algorithm>
#include <array>

namespace zdt::load {
namespace {

constexpr int64_t kSlot = 100'000'000, kSecond = 1'000'000'000;

/// The part of `whole` that falls to worker `index` of `count`.
template <class T>
T share_of(T whole, unsigned index, unsigned count) {
  return whole / count + (index < whole % count ? 1 : 0);
}

int64_t end_of(const Plan& plan) {
  return plan.duration.count() == 0 ? Pace::kNever : std::chrono::nanoseconds(plan.duration).count();
}

/// RFC 9110, 9.2.2: what a client may send again by itself.
bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

/// Whether another attempt may find a server that is well.
bool is_passing(const Ended& ended) {
  switch (ended.outcome) {
    case Outcome::kRefused:
    case Outcome::kReset:
    case Outcome::kClosed:
    case Outcome::kConnectTimeout:
      return true;
    case Outcome::kStatus:
      return ended.status >= 502 && ended.status <= 504;
    default:
      return false;
  }
}

uint64_t most_requests_of(const Plan& plan, unsigned index) {
  return plan.max_requests == 0 ? UINT64_MAX : share_of(plan.max_requests, index, plan.workers);
}

}  // namespace

TargetPicker::TargetPicker(const std::vector<Target>& targets, uint64_t seed) : state_(seed) {
  uint64_t sum = 0;
  for (const auto& target : targets) reach_.push_back(sum += target.weight);
}

size_t TargetPicker::pick() {
  if (reach_.size() == 1) return 0;
  state_ += 0x9E3779B97F4A7C15;  // SplitMix64
  uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  const uint64_t drawn = (mixed ^ (mixed >> 31)) % reach_.back();
  return static_cast<size_t>(std::upper_bound(reach_.begin(), reach_.end(), drawn) - reach_.begin());
}

Result<std::unique_ptr<Engine>> Engine::make(const Plan& plan, unsigned index, Hub& hub,
                                             const Steering& steering) {
  auto loop = CurlLoop::make(share_of(plan.connections, index, plan.workers), plan.http2);
  if (!loop) return loop.error();
  return std::unique_ptr<Engine>(new Engine(plan, index, hub, steering, std::move(*loop)));
}

Engine::Engine(const Plan& plan, unsigned index, Hub& hub, const Steering& steering,
               std::unique_ptr<CurlLoop> loop)
    : plan_(plan),
      index_(index),
      connections_(share_of(plan.connections, index, plan.workers)),
      most_requests_(most_requests_of(plan, index)),
      end_(end_of(plan)),
      hub_(hub),
      steering_(steering),
      loop_(std::move(loop)),
      tracking_(plan.trace ? ConnectionTracking::open() : nullptr),
      context_(plan, *loop_, tally_),
      picker_(plan.targets, plan.seed + index),
      pace_(plan, index, connections_, tally_.self),
      slot_end_(kSlot) {}

int64_t Engine::now() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Hub::Clock::now() - hub_.started()).count();
}

void Engine::run() {
  for (int64_t turn = now(); !over(turn); turn = now()) {
    if (turn >= slot_end_) hand_over(turn);
    phase_ = steering_.phase.load(std::memory_order_acquire);
    send_due(
        turn);  // before steering: what was due under the old rate, or before a stop, is sent and counted
    steer(turn);
    loop_->run_timers();
    collect();
    loop_->poll(std::chrono::nanoseconds(next_turn() - now()));
    collect();
  }
  if (sending_) stop_sending(now());
  give_up_rest();
  hand_over(now());
  const int64_t running_us = (now() - pace_.paused_time()) / 1000;
  hub_.close({plan_.open_model() ? pace_.sending_time() / 1000 : running_us, pace_.arrivals(), running_us});
}

bool Engine::over(int64_t now) const {
  if (steering_.abandoned.load(std::memory_order_relaxed)) return true;
  return !sending_ && (under_way_ == 0 || now >= deadline_);
}

void Engine::steer(int64_t now) {
  if (!sending_) return;
  pace_.change_rate(steering_.rate.load(std::memory_order_relaxed), now);
  pace_.set_paused(steering_.paused.load(std::memory_order_relaxed), now);
  if (steering_.stopping.load(std::memory_order_relaxed) || hub_.aborted()) stop_sending(now);
}

void Engine::send_due(int64_t now) {
  if (!sending_) return;
  const int64_t due = std::min(now, end_ - 1);  // an arrival at the end is none
  while (sending_ && connection_free()) {
    const auto intended = pace_.take(due);
    if (!intended) break;
    send(*intended, now);
  }
  if (!sending_) return;
  if (!connection_free()) pace_.queue_due(due);
  if (now >= end_) stop_sending(end_);
}

void Engine::send(int64_t intended, int64_t now) {
  Exchange& exchange = acquire();
  exchange.prepare(picker_.pick());
  exchange.intended = intended;
  exchange.sent_at = now;
  exchange.phase = phase_;
  exchange.retries = 0;
  exchange.active = true;
  ++under_way_;
  ++tally_.phase(phase_).sent;
  ++tally_.target(exchange.target_number()).sent;
  loop_->add(exchange.easy());
  if (++started_ == most_requests_) stop_sending(now);
}

Exchange& Engine::acquire() {
  if (idle_.empty()) {
    exchanges_.push_back(std::make_unique<Exchange>(context_));
    return *exchanges_.back();
  }
  Exchange& exchange = *idle_.back();
  idle_.pop_back();
  return exchange;
}

void Engine::stop_sending(int64_t now) {
  sending_ = false;
  pace_.close(now);
  deadline_ = now + std::chrono::nanoseconds(plan_.drain).count();
}

/// They all ended before this, in the same turn of the loop.
void Engine::collect() {
  auto finished = loop_->next_finished();
  for (const int64_t ended_at = finished ? now() : 0; finished; finished = loop_->next_finished()) {
    complete(Exchange::of(finished->easy), finished->code, ended_at);
  }
}

void Engine::complete(Exchange& exchange, CURLcode code, int64_t ended_at) {
  if (exchange.missed_connection()) {
    loop_->remove(exchange.easy());
    exchange.turn_to_new();
    loop_->add(exchange.easy());
    return;
  }
  Ended ended;
  ended.phase = exchange.phase;
  ended.target = exchange.target_number();
  ended.retried = exchange.retries > 0;
  ended.outcome = exchange.finish(code);
  ended.status = exchange.status();
  ended.latency_us = static_cast<uint64_t>(ended_at - exchange.intended) / 1000;
  ended.at_us = ended_at / 1000;
  ended.pod = exchange.pod();
  ended.version = exchange.version();
  if (send_again(exchange, ended)) return;
  tally_.count(ended);
  if (ended.outcome != Outcome::kOk) take_sample(exchange, ended, code);
  if (tracking_ && !exchange.upstream().empty()) edge_upstream_ = exchange.upstream();
  loop_->remove(exchange.easy());
  exchange.active = false;
  --under_way_;
  idle_.push_back(&exchange);
  if (sending_) pace_.ended(ended_at);
}

bool Engine::send_again(Exchange& exchange, const Ended& ended) {
  if (exchange.retries == plan_.retries || !is_passing(ended) || !is_idempotent(exchange.target().method)) return false;
  ++exchange.retries;
  ++tally_.phase(exchange.phase).retries;
  loop_->remove(exchange.easy());
  exchange.prepare(exchange.target_number());
  loop_->add(exchange.easy());
  return true;
}

void Engine::take_sample(const Exchange& exchange, const Ended& ended, CURLcode code) {
  if (samples_taken_ == kMostFailuresKept) return;
  ++samples_taken_;
  Failure sample;
  sample.at_ms = ended.at_us / 1000;
  sample.sent_ms = exchange.sent_at / 1'000'000;
  sample.wall = hub_.wall_at(ended.at_us);
  sample.phase = hub_.phase_name(ended.phase);
  sample.outcome = ended.outcome;
  sample.status = ended.status;
  if (ended.pod >= 0) sample.pod = tally_.pods.names[ended.pod];
  if (ended.version >= 0) sample.version = tally_.versions.names[ended.version];
  sample.edge_flags = exchange.edge_flags();
  sample.upstream = exchange.upstream();
  sample.endpoint = endpoint_of(exchange);
  sample.what = exchange.what(code);
  sample.method = exchange.target().method;
  sample.url = exchange.target().url;
  tally_.samples.push_back(std::move(sample));
}

/// Right when it failed, as the kernel forgets a broken connection after 10 s. An edge that got no connection (UF) does
/// not say from which port it tried.
std::string Engine::endpoint_of(const Exchange& exchange) {
  if (!tracking_ || exchange.pod() >= 0) return "";
  const auto [local, remote] = exchange.way();
  if (exchange.edge_flags().find("UF") == std::string::npos) return tracking_->endpoint_of(local, remote);
  return tracking_->failed_at(remote.empty() ? edge_upstream_ : remote);
}

void Engine::hand_over(int64_t now) {
  if (tracking_) tracking_->listen();
  tally_.queue_length = pace_.queue_length();
  hub_.take(index_, (slot_end_ - kSlot) / kSecond, tally_);
  tally_.clear(phase_);
  slot_end_ = (now / kSlot + 1) * kSlot;
}

void Engine::give_up_rest() {
  for (const auto& exchange : exchanges_) {
    if (!exchange->active) continue;
    loop_->remove(exchange->easy());
    ++tally_.phase(exchange->phase).unfinished;
    ++tally_.target(exchange->target_number()).unfinished;
  }
  exchanges_.clear();
  idle_.clear();
  loop_->close();
}

int64_t Engine::next_turn() const {
  if (!sending_ && under_way_ == 0) return 0;
  const int64_t own = sending_ ? std::min(end_, pace_.next_due(connection_free())) : deadline_;
  return std::min(own, slot_end_);
}

}  // namespace zdt::load
