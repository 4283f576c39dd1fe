#include "load/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "load/loss_sentence.h"

namespace zdt::load {
namespace {

/// So long after its end a pod may still be who was called: kube-proxy and callers learn of it late.
constexpr std::chrono::seconds kRemembered{10};

WallTime moment_of(const Failure& failure) {
  const bool timed_out =
      failure.outcome == Outcome::kResponseTimeout || failure.outcome == Outcome::kConnectTimeout;
  return timed_out ? failure.wall - milliseconds(failure.at_ms - failure.sent_ms) : failure.wall;
}

std::string address_of(const std::string& endpoint) { return endpoint.substr(0, endpoint.rfind(':')); }

bool existed(const PodLife& life, WallTime at) { return !life.created || *life.created <= at; }

/// Addresses are given out again: the youngest pod that was there by then has it.
const PodLife* life_at_address(const std::vector<PodLife>& lives, const std::string& address, WallTime at) {
  const PodLife* found = nullptr;
  for (const PodLife& life : lives) {
    if (std::find(life.addresses.begin(), life.addresses.end(), address) == life.addresses.end()) continue;
    if (!existed(life, at)) continue;
    if (found == nullptr || !found->created || (life.created && *life.created > *found->created))
      found = &life;
  }
  return found;
}

const PodLife* life_named(const std::vector<PodLife>& lives, const std::string& pod, WallTime at) {
  const PodLife* found = nullptr;
  for (const PodLife& life : lives) {
    if (life.pod == pod && (found == nullptr || existed(life, at))) found = &life;
  }
  return found;
}

bool is_over(const PodLife& life, WallTime at) {
  if (life.gone && *life.gone + kRemembered < at) return true;
  const Turn* turn = last_turn(life.process, at);
  return turn != nullptr && !turn->on && turn->at + kRemembered < at;
}

/// Whether an EndpointSlice offers it; where nobody saw any, that may be.
bool may_be_offered(const PodLife& life, WallTime at) {
  const Turn* turn = last_turn(life.endpoint, at);
  return life.endpoint.empty() || (turn != nullptr && turn->on);
}

/// The pods that come into question: those that were not simply ready; when all were, all.
std::vector<const PodLife*> candidates(const std::vector<PodLife>& lives, WallTime at, WallTime began) {
  std::vector<const PodLife*> unsound, sound;
  for (const PodLife& life : lives) {
    if (!existed(life, at) || is_over(life, at)) continue;
    const LifePhase phase = phase_at(life, at, began);
    if (phase == LifePhase::kReady) {
      sound.push_back(&life);
    } else if (phase >= LifePhase::kDeleted || may_be_offered(life, at)) {
      unsound.push_back(&life);
    }
  }
  return unsound.empty() ? sound : unsound;
}

bool nobody_is_offered(const std::vector<PodLife>& lives, WallTime at) {
  bool seen = false;
  for (const PodLife& life : lives) {
    const Turn* turn = last_turn(life.endpoint, at);
    if (turn != nullptr && turn->on) return false;
    seen = seen || !life.endpoint.empty();
  }
  return seen;
}

void deduce(Attribution& found, const Failure& failure, const std::vector<PodLife>& lives, WallTime began) {
  if (failure.outcome == Outcome::kRefused && nobody_is_offered(lives, found.at)) {
    found.phase = LifePhase::kNoEndpoint;
    return;
  }
  const auto possible = candidates(lives, found.at, began);
  if (possible.size() == 1) {
    found.life = possible.front();
    found.known_by = "deduced";
    return;
  }
  for (const PodLife* life : possible) found.may_have_been.push_back(life->pod);
}

}  // namespace

Attribution attribution_of(const Failure& failure, const std::vector<PodLife>& lives, WallTime began) {
  Attribution found;
  found.at = moment_of(failure);
  if (!failure.pod.empty()) {
    found.pod = failure.pod;
    found.known_by = "header";
    found.life = life_named(lives, failure.pod, found.at);
  } else {
    for (const std::string& endpoint : {failure.endpoint, failure.upstream}) {
      if (found.life == nullptr && !endpoint.empty())
        found.life = life_at_address(lives, address_of(endpoint), found.at);
    }
    if (found.life != nullptr) found.known_by = "connection";
    const bool was_sent = failure.outcome != Outcome::kDns && failure.outcome != Outcome::kLocal;
    if (found.life == nullptr && failure.endpoint.empty() && was_sent) deduce(found, failure, lives, began);
  }
  if (found.life == nullptr) return found;
  found.pod = found.life->pod;
  found.phase = phase_at(*found.life, found.at, began);
  return found;
}

namespace {

using Kind = std::tuple<std::string, std::string, LifePhase, Outcome, int, std::string>;

struct Group {
  Loss loss;
  LossSentence sentence;
};

void add_to(Group& group, const Failure& failure, const Attribution& place) {
  Loss& loss = group.loss;
  if (loss.count++ == 0) {
    loss.pod = place.pod;
    loss.version = failure.version.empty() && place.life != nullptr ? place.life->version : failure.version;
    loss.phase = name_of(place.phase);
    loss.outcome = name_of(failure.outcome);
    loss.status = failure.status;
    loss.first_ms = failure.at_ms;
    loss.known_by = place.known_by;
  }
  group.sentence.add(failure, place);
}

const std::string& or_unknown(const std::string& name) {
  static const std::string unknown = "unknown";
  return name.empty() ? unknown : name;
}

void count_for_verdict(Report& report) {
  auto& by_phase = report.verdict.losses_by_phase;
  auto& by_version = report.verdict.losses_by_version;
  by_phase.clear();
  by_version.clear();
  for (const Loss& loss : report.losses) {
    by_phase[loss.phase] += loss.count;
    by_version[or_unknown(loss.version)] += loss.count;
  }
  if (report.unattributed == 0) return;
  by_phase["unknown"] += report.unattributed;
  by_version["unknown"] += report.unattributed;
}

}  // namespace

void attribute_losses(Report& report, std::vector<PodLife> lives) {
  for (PodLife& life : lives) {
    const auto found = report.pods.find(life.pod);
    if (found == report.pods.end() || found->second.first_ok_ms < 0) continue;
    life.answered = report.started + milliseconds(found->second.first_ok_ms);
  }
  std::map<Kind, Group> groups;
  for (const Failure& failure : report.kept_failures) {
    const Attribution place = attribution_of(failure, lives, report.started);
    const std::string pod = place.life == nullptr && place.pod.empty() ? failure.endpoint : place.pod;
    add_to(groups[{pod, failure.version, place.phase, failure.outcome, failure.status, failure.edge_flags}],
           failure, place);
  }
  report.losses.clear();
  for (auto& [kind, group] : groups) {
    group.loss.sentence = group.sentence.text();
    report.losses.push_back(std::move(group.loss));
  }
  std::stable_sort(report.losses.begin(), report.losses.end(), [](const Loss& a, const Loss& b) {
    return std::tuple(b.count, a.first_ms) < std::tuple(a.count, b.first_ms);
  });
  report.unattributed = report.failed - report.kept_failures.size();
  count_for_verdict(report);
}

}  // namespace zdt::load
