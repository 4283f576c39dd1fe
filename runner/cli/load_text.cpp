#include <algorithm>

#include "base/text.h"
#include "base/units.h"
#include "cli/load.h"
#include "report/table.h"
#include "report/text.h"

namespace zdt::cli {
namespace {

using report::Colour;
using report::Mark;
using report::TerminalStyle;

constexpr size_t kMostRows = 20, kMostFailuresShown = 5;

/// "1,204,567"
std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

/// Three digits that count: "0.312 ms", "12.3 ms", "1.20 s".
std::string time_text(uint64_t micros) {
  const bool seconds = micros >= 1'000'000;
  const double value = static_cast<double>(micros) / (seconds ? 1e6 : 1e3);
  return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, seconds ? "s" : "ms");
}

std::string rate_text(double rate) {
  return rate < 100 ? fmt::format("{:.1f}/s", rate) : grouped(static_cast<uint64_t>(rate + 0.5)) + "/s";
}

std::string outcomes_text(const std::map<load::Outcome, uint64_t>& outcomes) {
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : outcomes) {
    if (outcome != load::Outcome::kOk && count > 0)
      parts.push_back(fmt::format("{} {}", load::name_of(outcome), grouped(count)));
  }
  return join(parts, ", ");
}

std::string latency_text(const load::Latency& latency) {
  if (latency.count == 0) return "no request was ok";
  return fmt::format("min {}, p50 {}, p90 {}, p99 {}, p99.9 {}, max {}, mean {}", time_text(latency.min_us),
                     time_text(latency.p50_us), time_text(latency.p90_us), time_text(latency.p99_us),
                     time_text(latency.p999_us), time_text(latency.max_us),
                     time_text(static_cast<uint64_t>(latency.mean_us)));
}

std::string statuses_text(const std::map<int, uint64_t>& statuses) {
  std::vector<std::string> parts;
  for (const auto& [status, count] : statuses) parts.push_back(fmt::format("{}: {}", status, grouped(count)));
  return join(parts, ", ");
}

std::string rates_text(const load::SelfCheck& check) {
  std::string text = rate_text(check.achieved_per_s);
  if (check.asked_per_s > 0) text += fmt::format(" of {} asked", rate_text(check.asked_per_s));
  return text;
}

/// Arrivals that did not go out when they should, if there were any.
std::string arrivals_text(const load::SelfCheck& check) {
  std::vector<std::string> parts;
  const auto add = [&parts](uint64_t count, const char* word) {
    if (count > 0) parts.push_back(fmt::format("{} {}", grouped(count), word));
  };
  add(check.queued, "queued");
  add(check.late_sends, "late");
  add(check.dropped_arrivals, "dropped");
  add(check.unsent_arrivals, "unsent");
  return join(parts, ", ");
}

json facts_of(const load::Report& report) {
  json facts = json::array();
  const auto add = [&facts](const char* name, std::string text) {
    if (!text.empty()) facts.push_back({name, std::move(text)});
  };
  add("requests", fmt::format("{} sent = {} ok + {} failed + {} unfinished in {}", grouped(report.sent),
                              grouped(report.ok), grouped(report.failed), grouped(report.unfinished),
                              format_duration(milliseconds(report.duration_ms))));
  add("rate", rates_text(report.self_check));
  add("latency", latency_text(report.latency));
  add("failures", outcomes_text(report.outcomes));
  add("statuses", statuses_text(report.statuses));
  if (report.retries > 0)
    add("retries", fmt::format("{}; {} requests were ok because of one", grouped(report.retries),
                               grouped(report.saved_by_retry)));
  add("arrivals", arrivals_text(report.self_check));
  add("connections", grouped(report.self_check.connections_opened) + " opened");
  return facts;
}

void append_table(std::vector<std::string>& lines, const json& columns, const json& rows, size_t left_out) {
  if (rows.empty()) return;
  lines.emplace_back();
  for (const std::string& line : report::table_lines(columns, rows)) lines.push_back("  " + line);
  if (left_out > 0) lines.push_back(fmt::format("  and {} more", left_out));
}

json url_row(const load::Url& url) {
  const std::string outcomes = outcomes_text(url.outcomes);
  return {url.method + " " + url.url, url.sent, url.ok, url.failed,
          outcomes.empty() ? json() : json(outcomes)};
}

/// Those with the most failures first.
void append_urls(std::vector<std::string>& lines, const std::vector<load::Url>& urls) {
  if (urls.size() < 2) return;
  std::vector<const load::Url*> order;
  for (const auto& url : urls) order.push_back(&url);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->failed > b->failed; });
  json rows = json::array();
  for (size_t i = 0; i < std::min(order.size(), kMostRows); ++i) rows.push_back(url_row(*order[i]));
  append_table(lines, {"url", "sent", "ok", "failed", ""}, rows, urls.size() - rows.size());
}

void append_origins(std::vector<std::string>& lines, const char* what,
                    const std::map<std::string, load::Origin>& origins) {
  json rows = json::array();
  for (const auto& [name, origin] : origins) {
    if (rows.size() == kMostRows) break;
    rows.push_back({name, origin.ok, origin.failed});
  }
  append_table(lines, {what, "ok", "failed"}, rows, origins.size() - rows.size());
}

void append_failures(std::vector<std::string>& lines, const load::Report& report) {
  if (report.failures.empty()) return;
  lines.emplace_back();
  lines.emplace_back("  first failures");
  for (size_t i = 0; i < std::min(report.failures.size(), kMostFailuresShown); ++i) {
    const load::Failure& failure = report.failures[i];
    std::string text = fmt::format("    at {} {}", format_duration(milliseconds(failure.at_ms)),
                                   load::name_of(failure.outcome));
    if (!failure.pod.empty()) text += ", " + report::one_line(failure.pod);
    lines.push_back(text + ": " + report::one_line(failure.what));
  }
}

void append_problems(std::vector<std::string>& lines, const load::Report& report,
                     const TerminalStyle& style) {
  if (!report.self_check.problems.empty()) lines.emplace_back();
  for (const std::string& problem : report.self_check.problems)
    lines.push_back(fmt::format("  {} {}", report::mark(style, Mark::kWarning), report::one_line(problem)));
}

void append_thresholds(std::vector<std::string>& lines, const std::vector<load::ThresholdResult>& results,
                       const TerminalStyle& style) {
  if (results.empty()) return;
  lines.emplace_back();
  for (const auto& result : results) {
    lines.push_back(fmt::format("  {} {}  (got {}){}",
                                report::mark(style, result.passed ? Mark::kPassed : Mark::kFailed),
                                report::one_line(result.expression), load::shown(result),
                                result.aborted ? ", which ended the load" : ""));
  }
}

/// Whether no server ever got a request: that is the environment's fault, and says nothing about one.
bool reached_nobody(const load::Report& report) {
  uint64_t lost = report.unfinished;
  for (const auto outcome : {load::Outcome::kRefused, load::Outcome::kConnectTimeout, load::Outcome::kDns, load::Outcome::kLocal}) {
    const auto found = report.outcomes.find(outcome);
    if (found != report.outcomes.end()) lost += found->second;
  }
  return lost == report.sent;
}

/// Whether no server had a part in any loss.
bool all_local(const load::Report& report) {
  const auto found = report.outcomes.find(load::Outcome::kLocal);
  return found != report.outcomes.end() && report.failed == found->second && report.unfinished == 0;
}

std::string failed_thresholds(const std::vector<load::ThresholdResult>& results) {
  std::vector<std::string> failed;
  for (const auto& result : results) {
    if (!result.passed) failed.push_back(fmt::format("{} (got {})", result.expression, load::shown(result)));
  }
  return join(failed, "; ");
}

std::string lost_text(const load::Report& report) {
  std::vector<std::string> parts;
  if (report.failed > 0)
    parts.push_back(fmt::format("{} of {} requests failed ({})", grouped(report.failed), grouped(report.sent),
                                outcomes_text(report.outcomes)));
  if (report.unfinished > 0) parts.push_back(fmt::format("{} unfinished", grouped(report.unfinished)));
  if (report.dropped_arrivals() > 0)
    parts.push_back(fmt::format("{} arrivals dropped", grouped(report.dropped_arrivals())));
  return join(parts, ", ");
}

std::optional<Error> error_of(const load::Report& report, bool interrupted, bool trust_matters) {
  if (interrupted) return Error{Code::kCancelled, fmt::format("after {} requests", grouped(report.sent)), ""};
  const bool judged = !report.thresholds.empty();
  const std::string unmet = failed_thresholds(report.thresholds), lost = lost_text(report);
  std::optional<Error> doubt;
  if (trust_matters && !report.self_check.problems.empty())
    doubt =
        Error{Code::kFailed, "the counts cannot be trusted: " + join(report.self_check.problems, "; "), ""};
  if (judged && unmet.empty()) return doubt;
  if (report.sent == 0) return Error{Code::kEnvironment, "nothing was sent", ""};
  if (reached_nobody(report)) {
    const std::string why =
        report.failures.empty() ? "" : ": " + report::one_line(report.failures.front().what);
    return Error{Code::kEnvironment, fmt::format("no server answered {}{}", report.urls.front().url, why),
                 ""};
  }
  if (judged) return Error{Code::kFailed, "threshold " + unmet, ""};
  if (doubt && all_local(report)) return doubt;
  if (!lost.empty()) return Error{Code::kFailed, lost, ""};
  return doubt;
}

std::string bar(int64_t part, int64_t whole, const TerminalStyle& style) {
  constexpr int64_t columns = 16;
  const int64_t filled = std::clamp<int64_t>(part * columns / whole, 0, columns);
  std::string text;
  for (int64_t i = 0; i < columns; ++i)
    text += i < filled ? (style.unicode ? "█" : "#") : (style.unicode ? "░" : "-");
  return style.unicode ? text : "[" + text + "]";
}

std::string seconds_text(int64_t ms) { return fmt::format("{} s", ms / 1000); }

}  // namespace

LoadEnd end_of(const load::Report& report, bool interrupted, bool trust_matters) {
  LoadEnd end{error_of(report, interrupted, trust_matters), ""};
  if (!end.error) {
    end.line = report.thresholds.empty()
                   ? fmt::format("passed: all {} requests were ok", grouped(report.sent))
                   : fmt::format("passed: {} thresholds hold, {} of {} requests were ok",
                                 report.thresholds.size(), grouped(report.ok), grouped(report.sent));
  } else if (end.error->code == Code::kCancelled) {
    end.line = "interrupted: " + end.error->what;
  } else {
    end.line = (end.error->code == Code::kFailed ? "failed: " : "error: ") + end.error->what;
  }
  return end;
}

std::string progress_line(const load::Snapshot& seen, int64_t limit_ms, const TerminalStyle& style) {
  std::string text;
  if (limit_ms > 0) {
    text = fmt::format("{} {} of {}", bar(seen.elapsed_ms, limit_ms, style),
                       seconds_text(std::min(seen.elapsed_ms, limit_ms)), seconds_text(limit_ms));
  } else {
    text = seconds_text(seen.elapsed_ms);
  }
  text += fmt::format("  {}/s  {} ok", grouped(seen.second.sent), grouped(seen.ok));
  if (seen.failed > 0)
    text += fmt::format("  {} failed ({})", grouped(seen.failed), outcomes_text(seen.outcomes));
  if (seen.queued > 0) text += fmt::format("  {} queued", grouped(seen.queued));
  if (seen.ok > 0) text += fmt::format("  p50 {}  p99 {}", time_text(seen.p50_us), time_text(seen.p99_us));
  return text;
}

std::vector<std::string> summary_lines(const load::Report& report, const TerminalStyle& style) {
  std::vector<std::string> lines;
  for (const std::string& line : report::table_lines(json::array(), facts_of(report)))
    lines.push_back("  " + line);
  append_urls(lines, report.urls);
  append_origins(lines, "pod", report.pods);
  append_origins(lines, "version", report.versions);
  append_failures(lines, report);
  append_problems(lines, report, style);
  append_thresholds(lines, report.thresholds, style);
  return lines;
}

}  // namespace zdt::cli
