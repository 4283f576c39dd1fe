#include "load/threshold.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/units.h"
#include "load/url.h"

namespace zdt::load {
namespace {

constexpr std::string_view kGrammar =
    "'failed: count==0', 'latency: p(99)<800ms', 'failed{phase:update}: rate<1%'";

/// Two names for one metric: k6's and ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNamesOfK6{
    {{"http_req_duration", "latency"},
     {"http_req_failed", "failed"},
     {"http_reqs", "sent"},
     {"dropped_iterations", "dropped"}}};

std::vector<std::string> known_metrics() {
  std::vector<std::string> names{"latency", "sent", "failed", "unfinished", "dropped", "retries"};
  for (const auto outcome : kOutcomes) names.emplace_back(name_of(outcome));
  return names;
}

/// A number at the front of `text`, which it is taken from.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

/// "name", "name{selector:value}". Says what is wrong, or nothing.
std::string parse_metric(std::string_view text, Threshold& threshold) {
  const size_t brace = text.find('{');
  threshold.metric = trim(text.substr(0, brace));
  for (const auto& [theirs, ours] : kNamesOfK6) {
    if (threshold.metric == theirs) threshold.metric = ours;
  }
  const auto known = known_metrics();
  if (std::find(known.begin(), known.end(), threshold.metric) == known.end()) {
    const std::string near = nearest(threshold.metric, known);
    return fmt::format("there is no metric \"{}\"{}", threshold.metric,
                       near.empty() ? "; there are " + join(known, ", ") : ", did you mean " + near + "?");
  }
  if (brace == text.npos) return "";
  const std::string inside = trim(text.substr(brace + 1));
  const size_t colon = inside.find(':');
  if (colon == std::string::npos || inside.back() != '}') return "want {selector:value}";
  threshold.selector = trim(inside.substr(0, colon));
  threshold.selected = trim(inside.substr(colon + 1, inside.size() - colon - 2));
  const auto& selector = threshold.selector;
  if (selector != "phase" && selector != "pod" && selector != "version" && selector != "url")
    return fmt::format("there is no selector \"{}\"; there are phase, pod, version, url", selector);
  const auto& metric = threshold.metric;
  const bool of_origin = metric == "ok" || metric == "failed";
  if ((selector == "pod" || selector == "version") && !of_origin)
    return fmt::format("of a {} only ok and failed are known", selector);
  if ((selector == "url" && (metric == "latency" || metric == "retries")) || metric == "dropped")
    return fmt::format("{} is not known of a {}", metric, selector);
  return "";
}

/// p99, p(99), p(99.9), and what has a name.
std::string parse_aggregation(std::string_view& text, Threshold& threshold) {
  const bool of_time = threshold.metric == "latency";
  for (const std::string_view name : {"count", "rate", "avg", "mean", "min", "med", "max"}) {
    if (!take(text, name)) continue;
    threshold.aggregation = name == "mean" ? "avg" : name;
    if (name == "count" || (name == "rate") != of_time) return "";
    return fmt::format("{} has no {}", threshold.metric, name);
  }
  if (!of_time) return fmt::format("{} has count and rate", threshold.metric);
  if (!take(text, "p")) return "latency has p(N), avg, min, med, max, count";
  const bool parenthesis = take(text, "(");
  const auto percent = take_number(text);
  if (!percent || *percent < 0 || *percent > 100 || (parenthesis && !take(text, ")")))
    return "want p(N), N from 0 to 100";
  threshold.aggregation = "p";
  threshold.percent = *percent;
  return "";
}

std::string parse_bound(std::string_view& text, Threshold& threshold) {
  const auto number = take_number(text);
  if (!number) return "want a number after " + threshold.op;
  threshold.bound = *number;
  if (threshold.metric == "latency" && threshold.aggregation != "count") {
    const std::array<std::pair<std::string_view, double>, 4> units{
        {{"ms", 1}, {"us", 0.001}, {"s", 1000}, {"m", 60'000}}};
    for (const auto& [unit, factor] : units) {
      if (!take(text, unit)) continue;
      threshold.bound *= factor;
      break;
    }
  } else if (threshold.aggregation == "rate" && threshold.metric != "sent" && take(text, "%")) {
    threshold.bound /= 100;
  } else if (threshold.aggregation == "rate" && threshold.metric == "sent") {
    take(text, "/s");
  }
  return "";
}

std::string parse_op(std::string_view& text, Threshold& threshold) {
  for (const std::string_view op : {"===", "==", "!=", "<=", ">=", "<", ">"}) {
    if (!take(text, op)) continue;
    threshold.op = op == "===" ? "==" : op;
    return "";
  }
  return "want one of < <= > >= == !=";
}

std::string parse_abort(std::string_view text, Threshold& threshold) {
  skip_spaces(text);
  if (text.empty()) return "";
  if (!take(text, "abort")) return fmt::format("\"{}\" is too much", text);
  threshold.abort = true;
  skip_spaces(text);
  if (text.empty()) return "";
  if (!take(text, "after ")) return "want abort, or abort after 10s";
  auto delay = parse_duration(trim(text));
  if (!delay) return delay.error().what;
  threshold.delay = *delay;
  return "";
}

/// The selector's value may hold colons (a url), so the colon that counts is the one behind the brace.
size_t colon_of(std::string_view text) {
  const size_t colon = text.find(':'), brace = text.find('{');
  if (brace == text.npos || brace > colon) return colon;
  const size_t end = text.rfind('}');
  return end == text.npos ? text.npos : text.find(':', end);
}

std::string parse_whole(std::string_view text, Threshold& threshold) {
  const size_t colon = colon_of(text);
  if (colon == text.npos) return "want METRIC: AGGREGATION OP NUMBER";
  if (auto wrong = parse_metric(text.substr(0, colon), threshold); !wrong.empty()) return wrong;
  std::string_view rest = text.substr(colon + 1);
  for (const auto part : {parse_aggregation, parse_op, parse_bound}) {
    skip_spaces(rest);
    if (auto wrong = part(rest, threshold); !wrong.empty()) return wrong;
  }
  return parse_abort(rest, threshold);
}

double share(uint64_t part, uint64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

std::optional<double> latency_value(const Threshold& threshold, const Observed& observed) {
  if (observed.latency == nullptr || observed.latency->count() == 0) return std::nullopt;
  const Histogram& latency = *observed.latency;
  if (threshold.aggregation == "count") return static_cast<double>(latency.count());
  if (threshold.aggregation == "avg") return latency.mean() / 1000;
  if (threshold.aggregation == "min") return static_cast<double>(latency.min()) / 1000;
  if (threshold.aggregation == "max") return static_cast<double>(latency.max()) / 1000;
  const double percent = threshold.aggregation == "med" ? 50 : threshold.percent;
  return static_cast<double>(latency.percentile(percent)) / 1000;
}

/// part  what is counted.   whole  what it is a share of; zero: there were no samples.
struct Part {
  uint64_t part = 0, whole = 0;
};

Part part_of(const std::string& metric, const Observed& observed) {
  uint64_t ended = 0;
  for (const uint64_t count : observed.outcomes) ended += count;
  const uint64_t ok = observed.outcomes[static_cast<size_t>(Outcome::kOk)];
  if (metric == "sent") return {observed.sent, observed.sent};
  if (metric == "unfinished") return {observed.unfinished, observed.sent};
  if (metric == "retries") return {observed.retries, observed.sent};
  if (metric == "dropped") return {observed.dropped, observed.sent + observed.dropped};
  if (metric == "failed") return {ended - ok, ended};
  for (const auto outcome : kOutcomes) {
    if (name_of(outcome) == metric) return {observed.outcomes[static_cast<size_t>(outcome)], ended};
  }
  return {};
}

std::optional<double> value_of(const Threshold& threshold, const Observed& observed) {
  if (threshold.metric == "latency") return latency_value(threshold, observed);
  const Part counted = part_of(threshold.metric, observed);
  if (counted.whole == 0) return std::nullopt;
  if (threshold.aggregation == "count") return static_cast<double>(counted.part);
  if (threshold.metric != "sent") return share(counted.part, counted.whole);
  return observed.seconds > 0 ? std::optional(static_cast<double>(counted.part) / observed.seconds)
                              : std::nullopt;
}

bool holds(double value, const std::string& op, double bound) {
  if (op == "<") return value < bound;
  if (op == "<=") return value <= bound;
  if (op == ">") return value > bound;
  if (op == ">=") return value >= bound;
  return (value == bound) == (op == "==");
}

}  // namespace

Result<Threshold> parse_threshold(std::string_view text) {
  Threshold threshold;
  threshold.text = trim(text);
  const std::string wrong = parse_whole(threshold.text, threshold);
  if (wrong.empty()) return threshold;
  return Error{Code::kUsage, fmt::format("threshold \"{}\": {}", without_credentials(threshold.text), wrong),
               std::string(kGrammar)};
}

std::string shown(const ThresholdResult& result) {
  if (!result.value) return "no samples";
  return fmt::format("{:.6g}{}{}", *result.value, result.unit == "ms" ? " " : "", result.unit);
}

ThresholdResult evaluate(const Threshold& threshold, const std::optional<Observed>& observed) {
  ThresholdResult result;
  result.expression = threshold.text;
  if (threshold.metric == "latency" && threshold.aggregation != "count") result.unit = "ms";
  if (threshold.metric == "sent" && threshold.aggregation == "rate") result.unit = "/s";
  if (observed) result.value = value_of(threshold, *observed);
  result.passed = result.value && holds(*result.value, threshold.op, threshold.bound);
  return result;
}

}  // namespace zdt::load
