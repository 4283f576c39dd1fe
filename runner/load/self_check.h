// Whether a load's counts can carry a claim.
#pragma once
#include "load/report.h"

namespace zdt::load {

/// How late 99 % of an open model's requests may leave, and how much of the rate asked for they must reach. A request that
/// leaves late changes no count, and its latency is counted from its time; but a load that stalls for long asks nobody
/// meanwhile. Of fewer requests than kFewest it is not asked: a single stall of the machine would decide.
inline constexpr uint64_t kLatestUs = 250'000;
inline constexpr double kLeastOfRate = 0.95;
inline constexpr uint64_t kFewest = 500;

/// One sentence for each reason why `report` proves nothing: nothing ended; arrivals were dropped, or still
/// queued at the end; too many left late; no local port, descriptor or memory was free; a name never resolved. What reconciliation.h finds is added to
/// them by whoever asks it.
std::vector<std::string> problems_of(const Report& report);

}  // namespace zdt::load
