// Findings as text, as a JSON document and as SARIF 2.1.0.
#pragma once
#include "audit/coverage.h"

namespace zdt::audit {

/// What was audited. name  as the user wrote it.   file  the kustomization or manifest behind it, "" for live
/// objects. objects  how many were read.
struct Source {
  std::string name, file;
  size_t objects = 0;
};

/// findings  those at or above `level`.   below  how many there are under it.
/// coverage  what was not judged.
struct Outcome {
  std::vector<Source> sources;
  Options options;
  Level level = Level::kWarning;
  std::vector<Finding> findings;
  size_t below = 0;
  Coverage coverage = {};
};

/// Splits `all` at `level`.
Outcome outcome_of(std::vector<Source> sources, const Options& options, Level level,
                   std::vector<Finding> all, Coverage coverage = {});

/// How text marks the levels: from error to note.
struct Marks {
  std::string error = "✖", warning = "⚠", note = "·";
};

/// One paragraph for each rule that found something, with every object below it, and the summary line.
std::string text_of(const Outcome& outcome, const Marks& marks);
/// "6 rules found 10 faults in 2 objects: 0 errors, 10 warnings, 0 notes", without newline.
std::string summary_of(const Outcome& outcome);
/// {version, outcome: "clean"|"findings", sources, config, rules: [{id, level, title, source, findings}],
/// findings, not_judged: {kinds: {KIND: number}, unread: [sentence]}, summary}
json document_of(const Outcome& outcome);
/// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
json sarif_of(const Outcome& outcome);

}  // namespace zdt::audit
