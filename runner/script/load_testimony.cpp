// What the witnesses of a load say at its end.
#include "load/attribution.h"
#include "load/reconciliation.h"
#include "script/load_witnesses.h"

namespace zdt::script {
namespace {

/// A counter moves a moment after the answer has left.
constexpr milliseconds kPatience{2'000}, kBetweenLooks{100};

std::vector<load::Turn> turns_from(const std::vector<kube::Change>& changes) {
  std::vector<load::Turn> turns;
  for (const kube::Change& change : changes) turns.push_back({change.at, change.on});
  return turns;
}

load::PodLife life_from(const kube::PodRecord& record) {
  load::PodLife life;
  life.pod = record.pod;
  life.version = record.image_tag;
  life.addresses = record.addresses;
  life.has_hook = record.has_hook;
  life.has_readiness_probe = record.has_readiness_probe;
  life.created = record.created;
  life.deleted = record.deleted;
  life.hook_started = record.hook_started;
  life.hook_ended = record.hook_ended;
  life.signalled = record.signalled;
  life.gone = record.gone;
  life.process = turns_from(record.process);
  life.ready = turns_from(record.ready);
  life.endpoint = turns_from(record.endpoint);
  return life;
}

std::vector<load::PodLife> lives_of(const std::vector<std::unique_ptr<kube::PodRecorder>>& recorders) {
  std::vector<load::PodLife> lives;
  for (const auto& recorder : recorders) {
    for (const kube::PodRecord& record : recorder->records()) lives.push_back(life_from(record));
  }
  return lives;
}

}  // namespace

Task<std::vector<std::string>> LoadWitnesses::compare_envoy(load::Report& report) {
  std::vector<std::string> problems;
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    problems.clear();
    auto look = co_await look_at_envoy();
    if (!look) {
      problems.push_back("Envoy's counts are not known: " + look.error().what);
      co_return problems;
    }
    if (look->uptime < envoy_before_.uptime || look->requests < envoy_before_.requests) {
      problems.push_back("Envoy began anew while the load ran: its counts are not known");
      co_return problems;
    }
    load::EnvoyCounts counts;
    counts.requests = look->requests - envoy_before_.requests;
    for (const auto& [of_class, answers] : look->answers)
      counts.answers[of_class] = answers - envoy_before_.answers[of_class];
    problems = load::reconcile(report, counts);
    if (problems.empty() || std::chrono::steady_clock::now() > limit) co_return problems;
    co_await sleep_for(kBetweenLooks);
  }
}

Task<std::vector<std::string>> LoadWitnesses::compare_app(load::Report& report) {
  std::vector<std::string> problems;
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    problems.clear();
    auto look = co_await look_at_app();
    if (!look) {
      problems.push_back("the app's counts are not known: " + look.error().what);
      co_return problems;
    }
    load::AppCounts counts;
    for (const auto& [pod, before] : app_before_) {
      if (!look->contains(pod)) counts.not_compared.push_back(pod);
    }
    for (const auto& [pod, answered] : *look) {
      const auto found = app_before_.find(pod);
      const uint64_t before = found == app_before_.end() ? 0 : found->second.value_or(UINT64_MAX);
      if (answered && *answered >= before) counts.answered[pod] = *answered - before;
      if (!answered || *answered < before) counts.not_compared.push_back(pod);
    }
    problems = load::reconcile(report, counts);
    if (problems.empty() || std::chrono::steady_clock::now() > limit) co_return problems;
    co_await sleep_for(kBetweenLooks);
  }
}

Task<void> LoadWitnesses::testify(load::Report& report) {
  for (const auto& recorder : recorders_) co_await recorder->catch_up();
  if (!recorders_.empty()) load::attribute_losses(report, lives_of(recorders_));
  std::vector<std::string> problems;
  if (!options_.envoy.empty()) problems = co_await compare_envoy(report);
  if (options_.app) {
    auto more = co_await compare_app(report);
    problems.insert(problems.end(), more.begin(), more.end());
  }
  auto& all = report.self_check.problems;
  all.insert(all.end(), problems.begin(), problems.end());
}

std::vector<std::string> LoadWitnesses::gaps() const {
  std::vector<std::string> all;
  for (const auto& recorder : recorders_) {
    for (const std::string& gap : recorder->gaps()) all.push_back(gap);
  }
  return all;
}

Task<void> LoadWitnesses::end() {
  for (const auto& recorder : recorders_) co_await recorder->end();
}

Task<Result<void>> LoadWitnesses::plan(World& world, WitnessOptions options) {
  static constexpr std::array kWatched{"pods", "endpointslices", "events"};
  const auto nothing = [](const std::string&, const json&) { return false; };
  for (const kube::Followed& followed : options.follow) {
    for (const char* kind : kWatched) {
      kube::Query query;
      query.kind = kind;
      query.ns = followed.ns;
      try {
        auto watched = co_await world.kube().watch(std::move(query), nothing);
        if (!watched) co_return watched.error();
      } catch (const kube::Unanswered&) {
      }
    }
  }
  LoadWitnesses planned(world, std::move(options));
  try {
    if (!planned.options_.envoy.empty()) co_await planned.look_at_envoy();
  } catch (const kube::Unanswered&) {
  }
  try {
    if (planned.options_.app) co_await planned.look_at_app();
  } catch (const kube::Unanswered&) {
  }
  co_return Result<void>();
}

}  // namespace zdt::script
