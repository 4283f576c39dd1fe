#include "report/junit.h"

#include "report/junit_cases.h"
#include "report/xml.h"

namespace zdt::report {
namespace {

constexpr size_t kOutputLimit = 64 * 1024;

using Cases = std::vector<JunitCase>;
using Attributes = std::vector<std::pair<std::string, std::string>>;

std::string seconds_of(int64_t ms) { return fmt::format("{}.{:03d}", ms / 1000, ms % 1000); }

std::string element_of(std::string_view kind) {
  return kind == "failed" ? "failure" : kind == "skipped" ? "skipped" : "error";
}

void write_case(std::string& out, const JunitCase& each) {
  out += "    <testcase" + xml_attributes({{"classname", each.classname},
                                           {"name", each.name},
                                           {"time", seconds_of(each.took_ms)}});
  if (each.kind == "passed" && each.output.empty()) {
    out += "/>\n";
    return;
  }
  out += ">\n";
  if (each.kind == "skipped")
    out += fmt::format("      <skipped{}/>\n", xml_attributes({{"message", each.message}}));
  if (each.kind == "failed" || each.kind == "error") {
    const std::string element = element_of(each.kind);
    out += fmt::format("      <{}{}>{}</{}>\n", element,
                       xml_attributes({{"type", each.type}, {"message", each.message}}), xml_text(each.body),
                       element);
  }
  if (!each.output.empty()) {
    out += fmt::format("      <system-out>{}</system-out>\n", xml_text(bounded(each.output, kOutputLimit)));
  }
  out += "    </testcase>\n";
}

void write_properties(std::string& out, const std::string& prefix, const json& fields) {
  for (const auto& [name, value] : fields.items()) {
    if (value.is_object()) {
      write_properties(out, prefix + name + ".", value);
    } else if (!value.is_null()) {
      out += fmt::format("      <property{}/>\n",
                         xml_attributes({{"name", prefix + name}, {"value", stage::shown(value)}}));
    }
  }
}

/// tests, failures, errors, time, and of a testsuite skipped: as counted here, so that the totals fit what follows.
Attributes totals_of(const Cases& cases, bool with_skipped = true) {
  int failures = 0, errors = 0, skipped = 0;
  int64_t took_ms = 0;
  for (const JunitCase& each : cases) {
    failures += each.kind == "failed" ? 1 : 0;
    errors += each.kind == "error" ? 1 : 0;
    skipped += each.kind == "skipped" ? 1 : 0;
    took_ms += each.took_ms;
  }
  Attributes totals{{"tests", std::to_string(cases.size())},
                    {"failures", std::to_string(failures)},
                    {"errors", std::to_string(errors)}};
  if (with_skipped) totals.emplace_back("skipped", std::to_string(skipped));
  totals.emplace_back("time", seconds_of(took_ms));
  return totals;
}

/// UTC, but without saying so: "Timezone may not be specified" (github.com/windyroad/JUnit-Schema,
/// JUnit.xsd).
std::string timestamp_of(WallTime time) {
  std::string text = format_time(time);
  text.pop_back();
  return text;
}

void write_suite(std::string& out, const RunRecord& run, const Cases& cases) {
  out += "  <testsuite" + xml_attributes({{"name", run.script}}) + xml_attributes(totals_of(cases)) +
         xml_attributes({{"timestamp", timestamp_of(run.started)}}) + ">\n";
  std::string properties;
  write_properties(properties, "", run.facts);
  write_properties(properties, "param.", run.params);
  write_properties(properties, "", {{"assertions", run.assertions()}});
  if (!run.result.empty()) write_properties(properties, "", {{"result", run.result}});
  if (!properties.empty()) out += fmt::format("    <properties>\n{}    </properties>\n", properties);
  for (const JunitCase& each : cases) write_case(out, each);
  out += "  </testsuite>\n";
}

}  // namespace

Result<Granularity> parse_granularity(std::string_view word) {
  if (word == "step") return Granularity::kStep;
  if (word == "assertion") return Granularity::kAssertion;
  return Error{Code::kUsage, fmt::format("--report-granularity {}: want step or assertion", word), ""};
}

std::string Junit::finish(const std::optional<Error>& outside) const {
  std::string suites;
  Cases all;
  for (const RunRecord& run : records_.closed(outside)) {
    const Cases cases = junit_cases(run, granularity_);
    write_suite(suites, run, cases);
    all.insert(all.end(), cases.begin(), cases.end());
  }
  if (const auto left = records_.left_over(outside)) {
    all.push_back(case_of_error("zdt-demo", "run", "error", stage::to_json(*left)));
    suites += "  <testsuite" + xml_attributes({{"name", "zdt-demo"}}) +
              xml_attributes(totals_of({all.back()})) + ">\n";
    write_case(suites, all.back());
    suites += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + xml_attributes({{"name", "zdt-demo"}}) +
         xml_attributes(totals_of(all, false)) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace zdt::report
