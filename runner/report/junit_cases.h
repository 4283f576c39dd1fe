// The testcases of a run, before they become XML.
#pragma once
#include "report/junit.h"

namespace zdt::report {

/// kind  passed, failed, skipped or error.   type, message, body  of the failure, error or skipped element.
struct JunitCase {
  std::string classname, name, kind = "passed", type, message, body, output;
  int64_t took_ms = 0;
};

std::vector<JunitCase> junit_cases(const RunRecord& run, Granularity granularity);

/// A testcase for an error ({code, what, hint}) that belongs to no step.   kind  failed or error.
JunitCase case_of_error(const std::string& classname, std::string name, std::string_view kind,
                        const json& error);

}  // namespace zdt::report
