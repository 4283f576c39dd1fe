#include "audit/outputs.h"
#include "audit/rule.h"

#include <algorithm>

namespace zdt::audit {
namespace {

json descriptor_of(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.title}}},
          {"helpUri", rule.source},
          {"defaultConfiguration", {{"level", word_of(rule.level)}}}};
}

int64_t index_of(std::string_view id) {
  for (size_t i = 0; i < rules().size(); ++i) {
    if (rules()[i].id == id) return static_cast<int64_t>(i);
  }
  return -1;
}

/// A URI reference: white space and what would mean something else in one, escaped.
std::string uri_of(const std::string& path) {
  std::string uri;
  for (unsigned char c : path) {
    const bool plain = std::isalnum(c) != 0 ||
                       std::string_view("-._~/").find(static_cast<char>(c)) != std::string_view::npos;
    uri += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return uri;
}

/// Objects that a kustomization built have its file; those of a plain file their own.
std::string file_of(const Outcome& outcome, const Finding& finding) {
  if (finding.line > 0) return finding.object.name;
  if (!finding.place.file.empty()) return finding.place.file;
  return outcome.sources.size() == 1 ? outcome.sources.front().file : "";
}

/// The file that was read, where there is one; the object and the field within it as the logical place.
json location_of(const Outcome& outcome, const Finding& finding) {
  const std::string full = finding.object.text() + (finding.line > 0 ? "/" : "") + finding.path;
  json location{{"logicalLocations",
                 {{{"name", finding.object.name}, {"fullyQualifiedName", full}, {"kind", "object"}}}}};
  const std::string file = file_of(outcome, finding);
  if (file.empty()) return location;
  json physical{{"artifactLocation", {{"uri", uri_of(file)}}}};
  physical["region"] = {{"startLine", std::max({finding.line, finding.place.line, 1})}};
  location["physicalLocation"] = std::move(physical);
  return location;
}

json result_of(const Outcome& outcome, const Finding& finding) {
  return {{"ruleId", finding.rule},
          {"ruleIndex", index_of(finding.rule)},
          {"level", word_of(finding.level)},
          {"message", {{"text", fmt::format("{}. Fix: {}.", finding.why, finding.fix)}}},
          {"locations", json::array({location_of(outcome, finding)})},
          {"partialFingerprints",
           {{"zdtObjectField/v1", finding.rule + ":" + finding.object.text() + finding.path}}},
          {"properties", {{"patch", finding.patch}}}};
}

}  // namespace

json sarif_of(const Outcome& outcome) {
  json descriptors = json::array(), results = json::array();
  for (const Rule& rule : rules()) descriptors.push_back(descriptor_of(rule));
  for (const Finding& finding : outcome.findings) results.push_back(result_of(outcome, finding));
  json driver{{"name", "zdt-demo audit"}, {"semanticVersion", "0.1.0"}, {"rules", std::move(descriptors)}};
  json run{{"tool", {{"driver", std::move(driver)}}},
           {"columnKind", "utf16CodeUnits"},
           {"results", std::move(results)}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", json::array({std::move(run)})}};
}

}  // namespace zdt::audit
