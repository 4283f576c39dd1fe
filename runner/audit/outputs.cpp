#include "audit/outputs.h"

#include "base/clean.h"

#include <algorithm>

#include "audit/rule.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

std::vector<const Finding*> findings_of(const Outcome& outcome, std::string_view rule) {
  std::vector<const Finding*> found;
  for (const Finding& finding : outcome.findings) {
    if (finding.rule == rule) found.push_back(&finding);
  }
  return found;
}

Level worst_of(const std::vector<const Finding*>& findings) {
  Level worst = Level::kNote;
  for (const Finding* finding : findings) worst = std::max(worst, finding->level);
  return worst;
}

size_t count_of(const Outcome& outcome, Level level) {
  return static_cast<size_t>(std::count_if(outcome.findings.begin(), outcome.findings.end(),
                                           [&](const Finding& one) { return one.level == level; }));
}

std::string plural(size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string place_of(const Finding& finding) {
  const std::string path = one_line(finding.path);
  if (finding.line > 0) return fmt::format("{}:{}  {}", one_line(finding.object.name), finding.line, path);
  return one_line(finding.object.text()) + (path.empty() ? "" : "  " + path);
}

std::string rule_text(const Rule& rule, const std::vector<const Finding*>& findings, const Marks& marks) {
  const Level level = worst_of(findings);
  const std::string& mark = level == Level::kError     ? marks.error
                            : level == Level::kWarning ? marks.warning
                                                       : marks.note;
  std::string text = fmt::format("{} {}: {} ({})\n", mark, rule.id, rule.title, word_of(level));
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = *findings[i];
    text += fmt::format("    {}\n", place_of(finding));
    // The same sentence stands once, below all that it holds for.
    const bool more = i + 1 < findings.size() && findings[i + 1]->why == finding.why;
    if (more) continue;
    text += fmt::format("      why  {}\n      fix  {}{}\n", one_line(finding.why), one_line(finding.fix),
                        finding.fixable() ? "" : "  [by hand]");
  }
  return text + fmt::format("    see  {}\n", rule.source);
}

std::string not_judged_text(const Coverage& coverage) {
  if (coverage.kinds.empty() && coverage.unread.empty()) return "";
  std::string text = "not judged:\n";
  if (!coverage.kinds.empty()) text += fmt::format("    {}\n", one_line(coverage.kinds_text()));
  for (const std::string& sentence : coverage.unread) text += fmt::format("    {}\n", one_line(sentence));
  return text + "\n";
}

json not_judged_json(const Coverage& coverage) {
  json kinds = json::object();
  for (const auto& [kind, count] : coverage.kinds) kinds[kind] = count;
  return {{"kinds", std::move(kinds)}, {"unread", coverage.unread}};
}

json finding_json(const Finding& finding) {
  json object{{"apiVersion", finding.object.api_version},
              {"kind", finding.object.kind},
              {"namespace", finding.object.ns},
              {"name", finding.object.name}};
  json fix{{"text", finding.fix}, {"patch", finding.patch}};
  if (finding.edit)
    fix["edit"] = {
        {"first_line", finding.edit->first}, {"last_line", finding.edit->last}, {"text", finding.edit->text}};
  json made{{"rule", finding.rule},        {"level", word_of(finding.level)},
            {"object", std::move(object)}, {"path", finding.path},
            {"why", finding.why},          {"fix", std::move(fix)}};
  if (!finding.place.file.empty()) made["file"] = finding.place.file;
  if (const int line = finding.line > 0 ? finding.line : finding.place.line; line > 0) made["line"] = line;
  return made;
}

json rules_json(const Outcome& outcome) {
  json list = json::array();
  for (const Rule& rule : rules()) {
    list.push_back({{"id", rule.id},
                    {"level", word_of(rule.level)},
                    {"title", rule.title},
                    {"source", rule.source},
                    {"findings", findings_of(outcome, rule.id).size()}});
  }
  return list;
}

}  // namespace

Outcome outcome_of(std::vector<Source> sources, const Options& options, Level level,
                   std::vector<Finding> all, Coverage coverage) {
  Outcome outcome{std::move(sources), options, level, {}, 0, std::move(coverage)};
  for (Finding& finding : all) {
    if (finding.level < level) {
      ++outcome.below;
    } else {
      outcome.findings.push_back(std::move(finding));
    }
  }
  return outcome;
}

std::string summary_of(const Outcome& outcome) {
  const std::string below =
      outcome.below == 0 ? "" : fmt::format(" ({} below --level {})", outcome.below, word_of(outcome.level));
  if (outcome.findings.empty()) return "no findings" + below;
  std::set<std::string> found_by, objects;
  for (const Finding& finding : outcome.findings) {
    found_by.insert(finding.rule);
    objects.insert(finding.object.text());
  }
  return fmt::format("{} found {} in {}: {}, {}, {}{}", plural(found_by.size(), "rule"),
                     plural(outcome.findings.size(), "fault"), plural(objects.size(), "object"),
                     plural(count_of(outcome, Level::kError), "error"),
                     plural(count_of(outcome, Level::kWarning), "warning"),
                     plural(count_of(outcome, Level::kNote), "note"), below);
}

std::string text_of(const Outcome& outcome, const Marks& marks) {
  std::string text;
  for (const Source& source : outcome.sources)
    text += fmt::format("{}: {}\n", one_line(source.name), plural(source.objects, "object"));
  text += "\n";
  for (const Rule& rule : rules()) {
    const auto findings = findings_of(outcome, rule.id);
    if (!findings.empty()) text += rule_text(rule, findings, marks) + "\n";
  }
  return text + not_judged_text(outcome.coverage) + summary_of(outcome) + "\n";
}

json document_of(const Outcome& outcome) {
  json sources = json::array(), findings = json::array();
  for (const Source& source : outcome.sources) {
    sources.push_back({{"name", source.name}, {"file", source.file}, {"objects", source.objects}});
  }
  for (const Finding& finding : outcome.findings) findings.push_back(finding_json(finding));
  json config{{"level", word_of(outcome.level)},
              {"endpoint_sync_ms", outcome.options.endpoint_sync.count()},
              {"longest_request_ms", nullptr}};
  if (outcome.options.longest_request)
    config["longest_request_ms"] = outcome.options.longest_request->count();
  json summary{{"errors", count_of(outcome, Level::kError)},
               {"warnings", count_of(outcome, Level::kWarning)},
               {"notes", count_of(outcome, Level::kNote)},
               {"below_level", outcome.below}};
  return {{"version", 1},
          {"outcome", outcome.findings.empty() ? "clean" : "findings"},
          {"sources", std::move(sources)},
          {"config", std::move(config)},
          {"rules", rules_json(outcome)},
          {"findings", std::move(findings)},
          {"not_judged", not_judged_json(outcome.coverage)},
          {"summary", std::move(summary)}};
}

}  // namespace zdt::audit
