// The journal of a run: `<state>/runs/<id>/journal.jsonl`, one event per line. Format: docs/journal.md.
#pragma once
#include "host/files.h"
#include "host/unique_fd.h"
#include "stage/engine.h"

namespace zdt::stage {

/// Appends every event as one line with one write(2); fsync at checkpoints and at the end of the run. Mode 0600.
/// Only one program writes a journal: it holds an exclusive lock on the file while it lives.
class Journal : public Sink {
 public:
  /// Opens (or makes) the journal of the run in `folder`; a cut last line is cut off. Fails kEnvironment, kConflict
  /// (another zdt-demo is writing it).
  static Result<std::unique_ptr<Journal>> open(const host::fs::path& folder);
  void receive(const Event& event) override;

 private:
  explicit Journal(host::UniqueFd fd) : fd_(std::move(fd)) {}
  host::UniqueFd fd_;
};

/// A journal as read back. cut  the file ended within a line (that part is ignored).
struct JournalContent {
  std::vector<Event> events;
  bool cut = false;
  std::string script, target;   ///< from run-started
  json params = json::object();
  bool finished = false;        ///< a run-finished that needs no resume (passed) is there
  uint64_t last_seq = 0;
  History history() const;
};

/// Fails kNotFound, kInvalid (a broken line that is not the last one: file and line number).
Result<JournalContent> read_journal(const host::fs::path& folder);

/// A new run folder `<state>/runs/<UTC time>-<script>-<4 random characters>`, mode 0700.
Result<host::fs::path> make_run_folder(const host::fs::path& state, const std::string& script, WallTime now);
/// The newest run below `state` that is not finished. Fails kNotFound with the hint what to run.
Result<host::fs::path> newest_unfinished_run(const host::fs::path& state);

}  // namespace zdt::stage
