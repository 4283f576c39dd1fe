// The runs that this machine remembers: what they are, and which of them go.
#pragma once
#include "stage/journal.h"

namespace zdt::stage {

/// How many runs are kept when nobody says otherwise.
constexpr size_t kKeptRuns = 50;

/// id  the folder's name.   status  how it ended: passed, failed, error, timed-out or interrupted; "running" while a program has
/// its journal; "unfinished" when it was killed; "given up"; "unreadable" when the journal is (`why` says so then).
/// resumable  `zdt-demo resume ID` would go on with it.
struct RunListed {
  std::string id, script, target, status, why;
  WallTime started;
  bool resumable = false;
};

/// All runs below `state`, the newest first.
std::vector<RunListed> list_runs(const host::fs::path& state);

/// Removes all runs but the newest `keep`. Of the others stay: `spared` (a folder; "": none), one whose journal another program
/// has, and the one that `zdt-demo resume` without an id goes on with. Returns the ids of those that it removed. Fails
/// kEnvironment: one could not be removed.
Result<std::vector<std::string>> prune_runs(const host::fs::path& state, size_t keep, const host::fs::path& spared = {});

}  // namespace zdt::stage
