#include "load/load.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cmath>
#include <csignal>
#include <future>
#include <latch>
#include <system_error>
#include <thread>

#include "host/netns.h"
#include "load/engine.h"

namespace zdt::load {
namespace {

/// Signals are the main loop's; a worker's and its resolver's calls must not be interrupted by them.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct Load::State {
  State(asio::any_io_executor loop, Plan checked_plan)
      : executor(loop),
        plan(std::move(checked_plan)),
        hub(plan),
        ended(std::make_shared<Condition>(loop)),
        engines(plan.workers) {
    if (plan.stages.empty()) steering.rate = plan.rate;
  }
  ~State() { abandon(); }

  Result<void> begin();
  Result<void> launch();
  void work(unsigned index, std::promise<Result<void>> ready);
  Result<void> set_up(unsigned index);
  void wake_all();
  void abandon();
  static Task<Report> await_end(std::shared_ptr<State> state);

  asio::any_io_executor executor;
  const Plan plan;
  Hub hub;
  Steering steering;
  std::shared_ptr<Condition> ended;
  std::latch begun{1};
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<std::thread> threads;
  std::atomic<unsigned> working{0};
};

/// All workers are set up before the first one sends, so that the clock starts for all of them at once.
Result<void> Load::State::begin() {
  auto launched = launch();
  if (!launched) steering.abandoned = true;
  hub.begin();
  working = static_cast<unsigned>(threads.size());
  begun.count_down();
  return launched;
}

Result<void> Load::State::launch() {
  std::vector<std::future<Result<void>>> outcomes;
  Result<void> launched;
  try {
    for (unsigned index = 0; index < plan.workers; ++index) {
      std::promise<Result<void>> ready;
      outcomes.push_back(ready.get_future());
      threads.emplace_back(&State::work, this, index, std::move(ready));
    }
  } catch (const std::system_error& failure) {
    outcomes.pop_back();
    launched = Error{Code::kEnvironment, std::string("cannot start a load worker: ") + failure.what(), ""};
  }
  for (auto& outcome : outcomes) {
    auto set_up = outcome.get();
    if (!set_up && launched) launched = set_up.error();
  }
  return launched;
}

Result<void> Load::State::set_up(unsigned index) {
  if (!plan.network.empty()) {
    if (auto joined = host::enter_network_namespace(plan.network); !joined) {
      return with_context("load: " + plan.network, joined.error());
    }
  }
  auto engine = Engine::make(plan, index, hub, steering);
  if (!engine) return engine.error();
  engines[index] = std::move(*engine);
  return {};
}

void Load::State::work(unsigned index, std::promise<Result<void>> ready) {
  block_signals();
  pthread_setname_np(pthread_self(), "zdt-load");
  const auto set_up_well = set_up(index);
  ready.set_value(set_up_well);
  begun.wait();
  if (set_up_well) engines[index]->run();
  if (working.fetch_sub(1) > 1) return;
  asio::post(executor, [ended = ended] { ended->notify_all(); });
}

void Load::State::wake_all() {
  for (const auto& engine : engines) {
    if (engine) engine->wake();
  }
}

void Load::State::abandon() {
  steering.abandoned = true;
  wake_all();
  for (auto& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

Task<Report> Load::State::await_end(std::shared_ptr<State> state) {
  while (state->working.load() > 0) co_await state->ended->wait();
  Report report = state->hub.report();
  co_return report;
}

Result<std::unique_ptr<Load>> Load::start(asio::any_io_executor loop, Plan plan) {
  static const CURLcode curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (curl_ready != CURLE_OK) return Error{Code::kEnvironment, "libcurl does not start", ""};
  auto good = checked(std::move(plan));
  if (!good) return good.error();
  auto state = std::make_shared<State>(loop, std::move(*good));
  if (auto begun = state->begin(); !begun) return begun.error();
  return std::unique_ptr<Load>(new Load(std::move(state)));
}

Load::Load(std::shared_ptr<State> state) : state_(std::move(state)) {}

Load::~Load() { state_->abandon(); }

Snapshot Load::snapshot() const {
  Snapshot seen = state_->hub.snapshot();
  seen.running = running();
  seen.paused = state_->steering.paused;
  seen.rate = state_->steering.rate;
  if (seen.rate == 0) seen.rate = rate_at(state_->plan.rate, state_->plan.stages, seen.elapsed_ms * 1'000'000);
  return seen;
}

void Load::mark(std::string phase) {
  state_->steering.phase.store(state_->hub.mark(phase), std::memory_order_release);
  state_->wake_all();
}

void Load::rate(double per_second) {
  if (!state_->plan.open_model() || std::isnan(per_second)) return;
  state_->steering.rate = std::clamp(per_second, kLeastPerSecond, kMostPerSecond);
  state_->wake_all();
}

void Load::pause() {
  state_->steering.paused = true;
  state_->wake_all();
}

void Load::resume() {
  state_->steering.paused = false;
  state_->wake_all();
}

bool Load::running() const { return state_->working.load() > 0; }

Task<Report> Load::stop() {
  state_->steering.stopping = true;
  state_->wake_all();
  return State::await_end(state_);
}

void Load::give_up() {
  state_->steering.abandoned = true;
  state_->wake_all();
}

Task<Report> Load::wait() { return State::await_end(state_); }

}  // namespace zdt::load
