#include "stage/runs.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cstring>

namespace zdt::stage {
namespace {

namespace fs = host::fs;

/// The newest first. Those with a hidden name are no runs yet, or no longer.
std::vector<fs::path> run_folders(const fs::path& state) {
  std::vector<fs::path> folders;
  std::error_code none_yet;
  for (const auto& entry : fs::directory_iterator(state / "runs", none_yet)) {
    if (!entry.path().filename().string().starts_with('.')) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end(), std::greater<>());
  return folders;
}

/// The journal with its lock; nothing when another program has it. A folder without a journal has none to lock.
std::optional<host::UniqueFd> locked_journal(const fs::path& folder) {
  host::UniqueFd journal(::open((folder / "journal.jsonl").c_str(), O_RDONLY | O_CLOEXEC));
  if (journal && flock(journal.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return journal;
}

std::string status_in(const JournalContent& content) {
  const Event& last = content.events.back();
  if (last.type == "run-given-up") return "given up";
  return last.type == "run-finished" ? string_at(last.data, {"status"}) : "unfinished";
}

RunListed listed(const fs::path& folder) {
  RunListed run{folder.filename().string(), "", "", "unreadable", "", {}, false};
  const bool is_running = !locked_journal(folder);
  auto content = read_journal(folder);
  if (!content || content->events.empty()) {
    run.why = content ? "its journal is empty" : content.error().what;
    return run;
  }
  run.script = content->script;
  run.target = content->target;
  run.started = content->events.front().ts;
  run.status = is_running ? "running" : status_in(*content);
  run.resumable = !is_running && can_be_resumed(*content);
  return run;
}

/// Under a hidden name first: one that is cut off in between is left over, and goes with the next new run.
Result<void> remove_run(const fs::path& folder) {
  const fs::path hidden = folder.parent_path() / ("." + folder.filename().string());
  std::error_code failure;
  fs::rename(folder, hidden, failure);
  if (!failure) fs::remove_all(hidden, failure);
  if (failure) return Error{Code::kEnvironment, fmt::format("cannot remove {}: {}", folder.string(), failure.message()), ""};
  return {};
}

}  // namespace

std::vector<RunListed> list_runs(const fs::path& state) {
  std::vector<RunListed> runs;
  for (const fs::path& folder : run_folders(state)) runs.push_back(listed(folder));
  return runs;
}

Result<std::vector<std::string>> prune_runs(const fs::path& state, size_t keep, const fs::path& spared) {
  std::vector<std::string> removed;
  std::vector<fs::path> folders = run_folders(state);
  if (folders.size() <= keep) return removed;
  auto next = newest_unfinished_run(state);
  folders.erase(folders.begin(), folders.begin() + static_cast<std::ptrdiff_t>(keep));
  for (const fs::path& folder : folders) {
    if (folder == spared || (next && folder == *next)) continue;
    const auto lock = locked_journal(folder);
    if (!lock) continue;
    auto done = remove_run(folder);
    if (!done) return done.error();
    removed.push_back(folder.filename().string());
  }
  return removed;
}

}  // namespace zdt::stage
