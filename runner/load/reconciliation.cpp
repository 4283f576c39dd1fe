#include "load/reconciliation.h"

#include <fmt/format.h>

namespace zdt::load {
namespace {

/// Requests and attempts of which the client has no answer to show.
uint64_t without_answer(const Report& report) {
  const auto status = report.outcomes.find(Outcome::kStatus);
  return report.retries + report.failed + report.unfinished -
         (status == report.outcomes.end() ? 0 : status->second);
}

std::map<int, uint64_t> answers_by_class(const Report& report) {
  std::map<int, uint64_t> classes{{2, 0}, {3, 0}, {4, 0}, {5, 0}};
  for (const auto& [status, count] : report.statuses) classes[status / 100] += count;
  return classes;
}

}  // namespace

std::vector<std::string> reconcile(Report& report, const EnvoyCounts& envoy) {
  std::vector<std::string> problems;
  const uint64_t lost = without_answer(report);
  json classes = json::object();
  for (const auto& [of_class, ours] : answers_by_class(report)) {
    const auto found = envoy.answers.find(of_class);
    const uint64_t theirs = found == envoy.answers.end() ? 0 : found->second;
    classes[fmt::format("{}xx", of_class)] = {{"client", ours}, {"envoy", theirs}};
    if (theirs < ours) {
      problems.push_back(
          fmt::format("Envoy counted {} answers {}xx, but the client got {}", theirs, of_class, ours));
    } else if (theirs > ours + lost) {
      problems.push_back(fmt::format(
          "Envoy counted {} answers {}xx, more than the client's {} and the {} without an answer: "
          "something else sends through it, or a request was sent twice",
          theirs, of_class, ours, lost));
    }
  }
  const uint64_t sent = report.sent + report.retries;
  if (envoy.requests > sent) {
    problems.push_back(
        fmt::format("Envoy saw {} requests, but the client sent {}: something else sends through it, or a "
                    "request was sent twice",
                    envoy.requests, sent));
  }
  report.reconciliation["envoy"] = {{"sent", sent},
                                    {"requests", envoy.requests},
                                    {"answers", std::move(classes)},
                                    {"agrees", problems.empty()}};
  return problems;
}

std::vector<std::string> reconcile(Report& report, const AppCounts& app) {
  std::vector<std::string> problems;
  json pods = json::object();
  for (const auto& [pod, theirs] : app.answered) {
    const auto found = report.pods.find(pod);
    const uint64_t ours = found == report.pods.end() ? 0 : found->second.ok;
    pods[pod] = {{"client", ours}, {"app", theirs}};
    if (theirs >= ours) continue;
    problems.push_back(
        fmt::format("{} counted {} answers, but the client got {} from it", pod, theirs, ours));
  }
  report.reconciliation["app"] = {
      {"pods", std::move(pods)}, {"not_compared", json(app.not_compared)}, {"agrees", problems.empty()}};
  return problems;
}

}  // namespace zdt::load
