#include "rehearsal/autoscaling/trigger_poller.h"

#include <boost/asio/post.hpp>

#include "rehearsal/autoscaling/prometheus.h"
#include "rehearsal/controllers/scaled_object_metrics.h"

namespace zdt::rehearsal {
namespace {

constexpr auto kAutoscalerPeriod = std::chrono::seconds(15);

bool asks_the_same(const Event& event) {
  if (event.change != Change::kModified || !event.previous) return false;
  const json &before = *event.previous, &after = *event.object;
  return at(before, {"spec"}) == at(after, {"spec"}) && is_paused(before) == is_paused(after);
}

PrometheusQuery query_of(const Trigger& trigger, std::shared_ptr<host::NetworkNamespace> network) {
  const std::string ignore = string_at(trigger.metadata, {"ignoreNullValues"}, "true");
  return {string_at(trigger.metadata, {"serverAddress"}), string_at(trigger.metadata, {"query"}),
          ignore != "false", std::move(network)};
}

}  // namespace

TriggerPoller::TriggerPoller(asio::any_io_executor executor, Store& store,
                             std::shared_ptr<MetricReadings> readings,
                             std::shared_ptr<host::NetworkNamespace> network)
    : executor_(executor),
      store_(store),
      readings_(std::move(readings)),
      network_(std::move(network)),
      client_(executor) {
  changes_ = store_.subscribe([this](const Event& event) { take(event); });
  for (const ObjectPtr& object : store_.list(kScaledObjects)) begin(key_of(*object));
}

/// Called inside a change of the store; the loop begins with the next turn.
void TriggerPoller::take(const Event& event) {
  if (event.resource != kScaledObjects || asks_the_same(event)) return;
  const Key key = key_of(*event.object);
  loops_.erase(key);
  if (event.change != Change::kDeleted) begin(key);
}

void TriggerPoller::begin(const Key& key) { loops_[key] = Background(executor_, poll(key, alive_)); }

Task<void> TriggerPoller::poll(Key key, std::weak_ptr<bool> alive) {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  while (!alive.expired()) {
    const ObjectPtr object = store_.find(kScaledObjects, key.ns, key.name);
    if (!object || is_paused(*object)) co_return;
    const auto pause = std::min<std::chrono::seconds>(polling_interval(*object), kAutoscalerPeriod);
    co_await ask_all(key, object, alive);
    if (!alive.expired()) co_await sleep_for(pause);
  }
}

/// One after the other. Triggers that cannot be read are the controller's to tell of.
Task<void> TriggerPoller::ask_all(Key key, ObjectPtr scaled_object, std::weak_ptr<bool> alive) {
  auto triggers = triggers_of(*scaled_object);
  if (!triggers) co_return;
  for (const Trigger& trigger : *triggers) {
    if (alive.expired()) co_return;
    if (!trigger.is_external()) continue;
    PrometheusQuery query = query_of(trigger, network_);
    auto answer = co_await answer_to(std::move(query));
    if (alive.expired()) co_return;
    readings_->put(key, trigger.metric, std::move(answer));
  }
}

/// What asking throws is an answer too, so that the ScaledObject tells of it and the next trigger is asked.
Task<Result<double>> TriggerPoller::answer_to(PrometheusQuery query) {
  std::string thrown;
  try {
    auto answer = co_await ask_prometheus(client_, store_, std::move(query));
    co_return answer;
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  co_return Error{Code::kInvalid, "the trigger cannot be asked: " + thrown, ""};
}

}  // namespace zdt::rehearsal
