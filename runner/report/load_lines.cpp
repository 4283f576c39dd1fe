#include "report/load_lines.h"

#include <algorithm>

#include "base/text.h"
#include "base/units.h"
#include "report/table.h"
#include "report/text.h"
#include "stage/event.h"

namespace zdt::report {
namespace {

/// At most one decimal: "12", "12.5".
std::string number(const json& value) {
  if (!value.is_number_float()) return value.is_null() ? "0" : stage::shown(value);
  std::string text = fmt::format("{:.1f}", value.get<double>());
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string latency_text(const json& latency) {
  std::vector<std::string> parts;
  for (const char* name : {"p50", "p99", "max"}) {
    const json& value = at(latency, {std::string(name) + "_ms"});
    if (value.is_number()) parts.push_back(fmt::format("{} {} ms", name, number(value)));
  }
  return join(parts, ", ");
}

std::string outcomes_text(const json& outcomes) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : outcomes.items()) {
    if (count != 0) parts.push_back(fmt::format("{} {}", name, number(count)));
  }
  return join(parts, ", ");
}

json pod_rows(const json& pods) {
  json rows = json::array();
  for (const auto& [name, counts] : pods.items()) {
    rows.push_back({name, int_at(counts, {"ok"}), int_at(counts, {"failed"})});
  }
  return rows;
}

/// "at 12.2 s reset, k8s-web-pool-x7k2p: Connection reset by peer", of as much as is known.
std::string failure_text(const json& failure) {
  if (!failure.is_object()) return one_line(stage::shown(failure));
  std::string text = one_line(string_at(failure, {"text"}));
  if (!text.empty()) return text;
  if (failure.contains("at_ms"))
    text = fmt::format("at {} ", format_duration(milliseconds(int_at(failure, {"at_ms"}))));
  text += one_line(string_at(failure, {"outcome"}, "failed"));
  if (const auto status = int_at(failure, {"status"}); status > 0) text += fmt::format(" {}", status);
  if (const auto pod = one_line(string_at(failure, {"pod"})); !pod.empty()) text += ", " + pod;
  if (const auto what = one_line(string_at(failure, {"what"})); !what.empty()) text += ": " + what;
  return text;
}

constexpr size_t kMostLosses = 10;

/// Whether the load knew the pods' lives; else the first failures say more than the losses.
bool knows_lives(const json& losses) {
  return std::any_of(losses.begin(), losses.end(),
                     [](const json& loss) { return string_at(loss, {"phase"}, "unknown") != "unknown"; });
}

std::vector<std::string> loss_lines(const json& losses) {
  std::vector<std::string> lines{"losses"};
  for (size_t i = 0; i < losses.size() && i < kMostLosses; ++i) {
    lines.push_back(fmt::format("  {} × {}", int_at(losses[i], {"count"}), one_line(string_at(losses[i], {"sentence"}))));
  }
  if (losses.size() > kMostLosses) lines.push_back(fmt::format("  and {} more", losses.size() - kMostLosses));
  return lines;
}

/// "Envoy counted 1106 of 1106 requests; 4 pods agree, 4 could not be asked"
std::string reconciled_text(const json& seen) {
  std::vector<std::string> parts;
  if (const json& envoy = object_at(seen, {"envoy"}); !envoy.empty()) {
    parts.push_back(fmt::format("Envoy counted {} of {} requests", int_at(envoy, {"requests"}), int_at(envoy, {"sent"})));
  }
  if (const json& app = object_at(seen, {"app"}); !app.empty()) {
    const size_t missing = array_at(app, {"not_compared"}).size();
    parts.push_back(fmt::format("{} pods {}{}", object_at(app, {"pods"}).size(),
                                bool_at(app, {"agrees"}) ? "agree" : "compared, not all agree",
                                missing > 0 ? fmt::format(", {} could not be asked", missing) : ""));
  }
  return join(parts, "; ");
}

void append_indented(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  for (const std::string& line : more) lines.push_back("  " + line);
}

}  // namespace

std::string progress_text(const json& data) {
  std::string text = fmt::format("{} sent, {} ok, {} failed", int_at(data, {"sent"}), int_at(data, {"ok"}),
                                 int_at(data, {"failed"}));
  if (data.contains("rate")) text += fmt::format(", {}/s", number(data["rate"]));
  if (data.contains("p99_ms")) text += fmt::format(", p99 {} ms", number(data["p99_ms"]));
  return text;
}

std::vector<std::string> load_lines(const json& data) {
  std::vector<std::string> lines{fmt::format("load: {} sent = {} ok + {} failed + {} unfinished",
                                             int_at(data, {"sent"}), int_at(data, {"ok"}),
                                             int_at(data, {"failed"}), int_at(data, {"unfinished"}))};
  json facts = json::array();
  if (auto text = outcomes_text(object_at(data, {"outcomes"})); !text.empty())
    facts.push_back({"outcomes", text});
  if (auto text = latency_text(object_at(data, {"latency"})); !text.empty())
    facts.push_back({"latency", text});
  if (auto text = reconciled_text(object_at(data, {"reconciliation"})); !text.empty())
    facts.push_back({"reconciled", text});
  append_indented(lines, table_lines(json::array(), facts));
  const json pods = pod_rows(object_at(data, {"pods"}));
  if (!pods.empty()) append_indented(lines, table_lines(json{"pod", "ok", "failed"}, pods));
  for (const json& problem : array_at(data, {"self_check", "problems"}))
    lines.push_back("  not to be trusted: " + one_line(stage::shown(problem)));
  const json& losses = array_at(data, {"losses"});
  if (knows_lives(losses)) {
    append_indented(lines, loss_lines(losses));
    return lines;
  }
  const json& failures = array_at(data, {"first_failures"});
  if (!failures.empty()) lines.push_back("  first failures");
  for (const json& failure : failures) lines.push_back("    " + failure_text(failure));
  return lines;
}

}  // namespace zdt::report
