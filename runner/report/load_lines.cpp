#include "report/load_lines.h"

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
  append_indented(lines, table_lines(json::array(), facts));
  const json pods = pod_rows(object_at(data, {"pods"}));
  if (!pods.empty()) append_indented(lines, table_lines(json{"pod", "ok", "failed"}, pods));
  const json& failures = array_at(data, {"first_failures"});
  if (!failures.empty()) lines.push_back("  first failures");
  for (const json& failure : failures) lines.push_back("    " + failure_text(failure));
  return lines;
}

}  // namespace zdt::report
