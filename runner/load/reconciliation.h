// A load's counts against those of others who saw the same requests.
#pragma once
#include "load/report.h"

namespace zdt::load {

/// What Envoy counted between two looks, over all listeners but the admin port's: requests that came, and
/// whole answers by class (2 … 5 for 2xx … 5xx). http.*.downstream_rq_total, downstream_rq_2xx …
struct EnvoyCounts {
  uint64_t requests = 0;
  std::map<int, uint64_t> answers;
};

/// What the pods' own counters say between two looks: requests answered by pod. Those that went, came back
/// anew or could not be asked are only named.
struct AppCounts {
  std::map<std::string, uint64_t> answered;
  std::vector<std::string> not_compared;
};

/// Requests that ended without a whole answer may or may not have reached Envoy; all others are in its
/// counts, once. So: answers of each class <= Envoy's <= answers + requests without one + retries, and
/// nothing came that was not sent. Returns a sentence for each contradiction; sets
/// report.reconciliation["envoy"].
std::vector<std::string> reconcile(Report& report, const EnvoyCounts& envoy);

/// A pod has answered at least what the client got from it (x-pod): probes and scrapes are in its count as
/// well.
std::vector<std::string> reconcile(Report& report, const AppCounts& app);

}  // namespace zdt::load
