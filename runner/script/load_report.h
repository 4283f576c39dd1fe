// A load's report in the forms that scripts and reports read. Scripts get milliseconds everywhere.
#pragma once
#include "load/report.h"

namespace zdt::script {

/// For load-progress events: {sent, ok, failed, rate, p99_ms, …}.
json progress_data(const load::Snapshot& snapshot);
/// For load-finished events.
json finished_data(const load::Report& report, const std::string& url);
/// What load:stop() returns: {sent, ok, failed, unfinished, outcomes, statuses, latency = {p50 …}, pods, versions, phases,
/// timeline, failures, verdict, self_check}.
json script_report(const load::Report& report);

}  // namespace zdt::script
