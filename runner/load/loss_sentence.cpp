#include "load/loss_sentence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace zdt::load {
namespace {

int64_t ms_between(WallTime from, WallTime to) {
  return std::chrono::duration_cast<milliseconds>(to - from).count();
}

/// "120 ms", "2.1 s": as exact as the moments are known.
std::string rough(int64_t ms) {
  return ms < 1'000 ? fmt::format("{} ms", ms) : fmt::format("{:.1f} s", static_cast<double>(ms) / 1'000);
}

/// A failure's distance from the moment in its pod's life that says most about it, and the words around it.
struct Distance {
  std::string words;  ///< with "{}" where `ms` belongs, or without
  int64_t ms = 0;
};

/// Something that broke the pod may be seen a little after its victims.
constexpr milliseconds kJustBefore{2'000};

Distance while_ready(const PodLife& life, WallTime at) {
  const Turn* exit = next_turn(life.process, at, false);
  if (exit != nullptr && exit->at - at < kJustBefore && (!life.deleted || exit->at < *life.deleted)) {
    return {"while it was ready, {} before its container exited", ms_between(at, exit->at)};
  }
  if (life.deleted && *life.deleted > at && *life.deleted - at < kJustBefore) {
    return {"while it was ready, {} before its deletion", ms_between(at, *life.deleted)};
  }
  return {"while it was ready", 0};
}

Distance before_ready(const PodLife& life, WallTime at) {
  const Turn* ready = next_turn(life.ready, at, true);
  if (!life.has_readiness_probe && life.answered && *life.answered > at) {
    return {"{} before its first good answer (it has no readiness probe)", ms_between(at, *life.answered)};
  }
  if (ready != nullptr) return {"{} before it was ready", ms_between(at, ready->at)};
  if (life.created && *life.created <= at) {
    return {"{} after it was created, before it was ready", ms_between(*life.created, at)};
  }
  return {"before it was ready", 0};
}

Distance after_exit(const PodLife& life, WallTime at) {
  const Turn* exit = last_turn(life.process, at);
  if (exit != nullptr && !exit->on) return {"{} after it exited", ms_between(exit->at, at)};
  return {"{} after it was gone", ms_between(*life.gone, at)};
}

Distance distance_of(const PodLife& life, LifePhase phase, WallTime at) {
  switch (phase) {
    case LifePhase::kUnknown:
    case LifePhase::kNoEndpoint:
      return {};
    case LifePhase::kBeforeReady:
      return before_ready(life, at);
    case LifePhase::kReady:
      return while_ready(life, at);
    case LifePhase::kNotReady:
      return {"{} after it lost its readiness", ms_between(last_turn(life.ready, at)->at, at)};
    case LifePhase::kDeleted:
      return {"{} after its deletion", ms_between(*life.deleted, at)};
    case LifePhase::kHook:
      return {"{} after its deletion, while its hook ran", ms_between(*life.deleted, at)};
    case LifePhase::kAfterSigterm:
      return {"{} after SIGTERM", ms_between(*life.signalled, at)};
    case LifePhase::kAfterExit:
      return after_exit(life, at);
  }
  return {};
}

std::string flag_words(const std::string& flags) {
  for (const auto& [flag, words] : {std::pair("UF", "no connection"),
                                    {"UC", "connection lost"},
                                    {"UT", "timed out"},
                                    {"UH", "no host"},
                                    {"UO", "overflow"},
                                    {"UR", "reset"}}) {
    if (flags == flag) return fmt::format("{}, {}", flags, words);
  }
  return flags;
}

}  // namespace

void LossSentence::Range::add(int64_t ms) {
  least = empty ? ms : std::min(least, ms);
  most = empty ? ms : std::max(most, ms);
  empty = false;
}

std::string LossSentence::Range::text() const {
  const std::string from = rough(least), to = rough(most);
  return from == to ? from : from + " to " + to;
}

void LossSentence::add(const Failure& failure, const Attribution& attribution) {
  const bool first = anchor_.empty() && distance_.empty && place_.at == WallTime();
  if (first) {
    first_ = failure;
    place_ = attribution;
  }
  if (attribution.life == nullptr) return;
  const Distance distance = distance_of(*attribution.life, attribution.phase, attribution.at);
  if (first) anchor_ = distance.words;
  if (distance.words == anchor_) distance_.add(distance.ms);
  const auto& endpoint = attribution.life->endpoint;
  if (attribution.phase < LifePhase::kDeleted || endpoint.empty() || endpoint.back().on) return;
  const int64_t left = ms_between(endpoint.back().at, attribution.at);
  (left < 0 ? before_left_ : after_left_).add(std::abs(left));
}

std::string LossSentence::what() const {
  const bool by_edge = !first_.edge_flags.empty() && first_.edge_flags != "-";
  switch (first_.outcome) {
    case Outcome::kReset:
      return "reset by";
    case Outcome::kRefused:
      return "refused by";
    case Outcome::kClosed:
      return "closed without a whole answer by";
    case Outcome::kConnectTimeout:
      return "no connection in time to";
    case Outcome::kResponseTimeout:
      return "no answer in time from";
    case Outcome::kDns:
      return "name not resolved for";
    case Outcome::kTls:
      return "TLS failed with";
    case Outcome::kLocal:
      return "never left this machine";
    case Outcome::kStatus:
    case Outcome::kOk:
      break;
  }
  if (by_edge) return fmt::format("{} of the edge ({}) for", first_.status, flag_words(first_.edge_flags));
  return fmt::format("{} from", first_.status);
}

std::string LossSentence::who() const {
  if (place_.phase == LifePhase::kNoEndpoint) return "the Service, which had no ready endpoint";
  if (!place_.pod.empty()) return place_.pod;
  if (!first_.endpoint.empty()) return first_.endpoint + ", which is no followed pod";
  if (place_.may_have_been.empty()) return "an unknown pod";
  std::vector<std::string> names = place_.may_have_been;
  const size_t more = names.size() > 3 ? names.size() - 3 : 0;
  names.resize(names.size() - more);
  return fmt::format("an unknown pod (one of {}{})", join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string LossSentence::when() const {
  if (anchor_.empty()) return "";
  const std::string deduced = place_.known_by == "deduced" ? " (the only one not simply ready then)" : "";
  const size_t place = anchor_.find("{}");
  if (place == std::string::npos) return fmt::format("{} {}", deduced, anchor_);
  return fmt::format("{} {}{}{}", deduced, anchor_.substr(0, place), distance_.text(),
                     anchor_.substr(place + 2));
}

std::string LossSentence::endpoint() const {
  if (before_left_.empty && after_left_.empty) return "";
  const std::string left = "its endpoint left the Service";
  if (after_left_.empty) return fmt::format(", {} before {}", before_left_.text(), left);
  if (before_left_.empty) return fmt::format(", {} after {}", after_left_.text(), left);
  return fmt::format(", from {} before to {} after {}", rough(before_left_.most), rough(after_left_.most),
                     left);
}

std::string LossSentence::text() const {
  if (first_.outcome == Outcome::kLocal) return what();
  return fmt::format("{} {}{}{}", what(), who(), when(), endpoint());
}

}  // namespace zdt::load
