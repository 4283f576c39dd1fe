// Whether the JUnit reports hold to the schema that Jenkins' xUnit plugin checks them against (its elements and attributes are
// listed here from
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd).
#include <set>

#include "report/junit.h"
#include "unit/report/report_world.h"

namespace zdt::report {
namespace {

/// parents  of the element.   required, optional  attributes.
struct Rule {
  std::set<std::string> parents, required, optional;
};

const std::map<std::string, Rule>& schema() {
  static const std::map<std::string, Rule> kRules{
      {"testsuites", {{""}, {}, {"name", "time", "tests", "failures", "errors"}}},
      {"testsuite",
       {{"testsuites", "testsuite"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"}}},
      {"properties", {{"testsuite"}, {}, {}}},
      {"property", {{"properties"}, {"name", "value"}, {}}},
      {"testcase", {{"testsuite"}, {"name"}, {"time", "classname", "group"}}},
      {"skipped", {{"testcase"}, {}, {"type", "message"}}},
      {"error", {{"testcase"}, {}, {"type", "message"}}},
      {"failure", {{"testcase"}, {}, {"type", "message"}}},
      {"system-out", {{"testcase", "testsuite"}, {}, {}}},
      {"system-err", {{"testcase", "testsuite"}, {}, {}}}};
  return kRules;
}

/// SUREFIRE_TIME of the schema, as far as we write it: digits, perhaps a point and digits.
bool is_time(const std::string& text) {
  const auto digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == std::string_view::npos; };
  const size_t point = text.find('.');
  return digits(std::string_view(text).substr(0, point)) && (point == std::string::npos || digits(std::string_view(text).substr(point + 1)));
}

/// attributes  ` name="value"`, one after another.
std::string fault_of_attributes(const std::string& element, const Rule& rule, std::string_view attributes) {
  std::set<std::string> missing = rule.required;
  while (attributes.starts_with(' ')) {
    const size_t equals = attributes.find("=\""), end = equals == std::string_view::npos ? equals : attributes.find('"', equals + 2);
    if (end == std::string_view::npos) break;
    const std::string name(attributes.substr(1, equals - 1)), value(attributes.substr(equals + 2, end - equals - 2));
    attributes.remove_prefix(end + 1);
    missing.erase(name);
    if (!rule.required.contains(name) && !rule.optional.contains(name)) return element + "@" + name + " is not in the schema";
    if (value.find('<') != std::string::npos) return element + "@" + name + " has a < in it";
    if (element.starts_with("testsuite") && name == "time" && !is_time(value)) return element + "@time is " + value;
  }
  if (!attributes.empty()) return element + " has more than attributes: " + std::string(attributes);
  return missing.empty() ? "" : element + " lacks " + *missing.begin();
}

/// Follows the tags of a document.
class Checker {
 public:
  /// tag  what stands between < and >. The first thing that the schema does not allow; "": nothing.
  std::string take(std::string_view tag) {
    if (tag.starts_with('/')) return close(std::string(tag.substr(1)));
    const bool empty = tag.ends_with('/');
    if (empty) tag.remove_suffix(1);
    const std::string element(tag.substr(0, tag.find(' ')));
    const auto rule = schema().find(element);
    if (rule == schema().end()) return element + " is not in the schema";
    if (!rule->second.parents.contains(open_.back())) return element + " in " + open_.back();
    if (!empty) open_.push_back(element);
    return fault_of_attributes(element, rule->second, tag.substr(element.size()));
  }
  bool closed() const { return open_.size() == 1; }

 private:
  std::string close(const std::string& element) {
    if (open_.back() != element) return "</" + element + "> closes " + open_.back();
    open_.pop_back();
    return "";
  }
  std::vector<std::string> open_{""};
};

/// The first thing in `document` that the schema does not allow; "": nothing. A > stands in no value of ours.
std::string fault_of(std::string_view document) {
  if (!document.starts_with("<?xml ")) return "no XML declaration";
  document.remove_prefix(document.find("?>") + 2);
  Checker checker;
  for (size_t start = document.find('<'); start != std::string_view::npos; start = document.find('<')) {
    const size_t end = document.find('>', start);
    if (end == std::string_view::npos) return "a tag without an end";
    if (auto fault = checker.take(document.substr(start + 1, end - start - 1)); !fault.empty()) return fault;
    document.remove_prefix(end + 1);
  }
  return checker.closed() ? "" : "an element is not closed";
}

std::string junit_of(Junit report, const Stream& stream, const std::optional<Error>& outside = std::nullopt) {
  stream.into(report);
  return report.finish(outside);
}

const Error kNothingAnswers{Code::kEnvironment, "no cluster answers", "zdt-demo cluster up"};

}  // namespace

TEST(JunitSchema, TheCheckFindsWhatTheSchemaDoesNotAllow) {
  const auto document = [](const std::string& inside) { return "<?xml version=\"1.0\"?>\n<testsuites>" + inside + "</testsuites>\n"; };
  const std::string suite = "<testsuite name=\"a\" tests=\"0\" failures=\"0\" errors=\"0\"";
  EXPECT_EQ(fault_of(document(suite + "/>")), "");
  EXPECT_EQ(fault_of(document(suite + " color=\"red\"/>")), "testsuite@color is not in the schema");
  EXPECT_EQ(fault_of(document("<testsuite name=\"a\"/>")), "testsuite lacks errors");
  EXPECT_EQ(fault_of(document(suite + " time=\"soon\"/>")), "testsuite@time is soon");
  EXPECT_EQ(fault_of(document("<testcase name=\"a\"/>")), "testcase in testsuites");
  EXPECT_EQ(fault_of(document(suite + ">")), "</testsuites> closes testsuite");
}

TEST(JunitSchema, EveryReportHoldsToIt) {
  for (const Granularity granularity : {Granularity::kStep, Granularity::kAssertion}) {
    EXPECT_EQ(fault_of(junit_of(Junit(granularity), eventful_run())), "");
    EXPECT_EQ(fault_of(junit_of(Junit(granularity), side_by_side_run())), "");
    EXPECT_EQ(fault_of(junit_of(Junit(granularity), Stream())), "");
    EXPECT_EQ(fault_of(junit_of(Junit(granularity), Stream(), kNothingAnswers)), "");
    Stream cut_off;
    cut_off.run_started({"a", "b"}).step_started("a", 0);
    EXPECT_EQ(fault_of(junit_of(Junit(granularity), cut_off, kNothingAnswers)), "");
  }
}

TEST(JunitSchema, AFailuresBodyNamesTheLossesAlsoThoseOfAnEarlierStepsLoad) {
  const json load{{"sent", 100}, {"ok", 98}, {"failed", 2}, {"unfinished", 0}, {"outcomes", {{"ok", 98}, {"reset", 2}}},
                  {"losses", {{{"count", 2}, {"sentence", "reset by web-x, 120 ms after SIGTERM"}, {"phase", "terminating"}}}}};
  Stream stream;
  stream.run_started({"load", "count"}).step_started("load", 0).event("load-finished", load).step_finished("passed");
  stream.step_started("count", 1).event("assertion", {{"name", "failed requests"}, {"passed", false}, {"want", 0}, {"got", 2}});
  stream.step_finished("failed", {{"code", "failed"}, {"what", "failed requests: want 0, got 2"}}).run_finished("failed");
  for (const Granularity granularity : {Granularity::kStep, Granularity::kAssertion}) {
    const std::string text = junit_of(Junit(granularity), stream);
    const size_t start = text.find("<failure"), end = text.find("</failure>");
    ASSERT_NE(start, std::string::npos);
    const std::string body = text.substr(start, end - start);
    EXPECT_NE(body.find("2 × reset by web-x, 120 ms after SIGTERM"), std::string::npos) << body;
    EXPECT_NE(body.find("100 sent = 98 ok + 2 failed"), std::string::npos) << body;
  }
}

}  // namespace zdt::report
