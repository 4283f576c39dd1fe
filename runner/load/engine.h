// What one worker thread does: keeps the pace, sends, counts, hands over.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "load/connection_tracking.h"
#include "load/exchange.h"
#include "load/hub.h"
#include "load/pace.h"

namespace zdt::load {

/// How the owner of a load steers its workers: they look at it in every turn, and are woken for it.
struct Steering {
  std::atomic<double> rate{0};
  std::atomic<unsigned> phase{0};
  std::atomic<bool> paused{false};
  std::atomic<bool> stopping{false};   ///< no new requests
  std::atomic<bool> abandoned{false};  ///< end at once
};

/// Draws targets by their weights; the same seed draws the same.
class TargetPicker {
 public:
  TargetPicker(const std::vector<Target>& targets, uint64_t seed);
  size_t pick();

 private:
  std::vector<uint64_t> reach_;  // sums of the weights so far
  uint64_t state_;
};

class Engine {
 public:
  /// Worker `index` of plan.workers, on the thread that will run() it. The others outlive it. Fails
  /// kEnvironment.
  static Result<std::unique_ptr<Engine>> make(const Plan& plan, unsigned index, Hub& hub,
                                              const Steering& steering);
  /// Sends until the plan's end or as steered, and closes its account with the hub.
  void run();
  /// From any thread.
  void wake() { loop_->wake(); }

 private:
  Engine(const Plan& plan, unsigned index, Hub& hub, const Steering& steering,
         std::unique_ptr<CurlLoop> loop);

  int64_t now() const;
  bool over(int64_t now) const;
  void steer(int64_t now);
  void send_due(int64_t now);
  void send(int64_t intended, int64_t now);
  Exchange& acquire();
  bool connection_free() const { return !idle_.empty() || exchanges_.size() < connections_; }
  void stop_sending(int64_t now);
  void collect();
  void complete(Exchange& exchange, CURLcode code, int64_t ended_at);
  bool send_again(Exchange& exchange, const Ended& ended);
  void take_sample(const Exchange& exchange, const Ended& ended, CURLcode code);
  std::string endpoint_of(const Exchange& exchange);
  void hand_over(int64_t now);
  void give_up_rest();
  int64_t next_turn() const;

  const Plan& plan_;
  const unsigned index_, connections_;
  const uint64_t most_requests_;
  const int64_t end_;
  Hub& hub_;
  const Steering& steering_;
  Tally tally_;
  std::unique_ptr<CurlLoop> loop_;
  std::unique_ptr<ConnectionTracking> tracking_;  // of the namespace that this thread is in; null: none
  std::string edge_upstream_;                     // to which an edge sends on, as its last answer said
  ExchangeContext context_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> idle_;
  TargetPicker picker_;
  Pace pace_;
  unsigned phase_ = 0;
  bool sending_ = true;
  uint64_t started_ = 0;
  size_t under_way_ = 0, samples_taken_ = 0;
  int64_t slot_end_, deadline_ = 0;
};

}  // namespace zdt::load
