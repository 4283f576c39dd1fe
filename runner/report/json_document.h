// `-o json` and `--report json=PATH`: what happened, as exactly one document.
//
// {version: 1,
//  metadata: {tool, started, finished, status, error?, and the facts of the first run: run, target, version
//  …}, config:   {params: {SCRIPT: {…}}}, results:  [{script, title, status, resumed, started, finished,
//  took_ms, longest_chain_ms?, most_at_once?, orchestration_percent?, result?, error?, facts, clean_up?,
//              counts: {passed, failed, skipped, error, assertions},
//              steps: [{id, title, checkpoint?, status, reason?, took_ms, error?,
//                       assertions: [{name, status, want, got}], observations: [{name, status: "recorded",
//                       value}], diagnosis?, events?}]}]}
//
// status is passed, failed, skipped, error or recorded; times are RFC 3339 in UTC; an error is {code, what,
// hint?}. Steps that were not reached are skipped, and are counted so.
#pragma once
#include "report/record.h"

namespace zdt::report {

class JsonDocument : public stage::Sink {
 public:
  void receive(const stage::Event& event) override { records_.receive(event); }

  /// The document, indented, with a newline at its end. Valid on every way out, also when nothing ran.
  /// outside  what ended the program other than a run.
  std::string finish(const std::optional<Error>& outside = std::nullopt) const;

 private:
  RunRecords records_;
};

}  // namespace zdt::report
