// The journal of a run: `<state>/runs/<id>/journal.jsonl`, one event per line. Format: docs/journal.md.
#pragma once
#include "host/files.h"
#include "host/unique_fd.h"
#include "stage/engine.h"

namespace zdt::stage {

/// Appends every event as one line with one write(2); fsync at checkpoints and at the end of the run. Mode
/// 0600. Only one program writes a journal: it holds an exclusive lock on the file while it lives. After a
/// failed write or fsync (a full disk) nothing more is written, so that the file stays a true beginning of
/// the run; the failure is logged once and kept in health().
class Journal : public Sink {
 public:
  /// Opens (or makes) the journal of the run in `folder`; a cut last line is cut off. Fails kEnvironment,
  /// kConflict (another zdt-demo is writing it).
  static Result<std::unique_ptr<Journal>> open(const host::fs::path& folder);
  /// The journal of a new run. `folder` (mode 0700) and the journal in it appear together with the first line; until then they
  /// have a hidden name beside it, which goes with this object, and that of a program that was killed with the next new run.
  /// Fails kEnvironment.
  static Result<std::unique_ptr<Journal>> begin(const host::fs::path& folder);
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  void receive(const Event& event) override;
  /// Fails kEnvironment: the journal on disk ends before the run does, and why.
  const Result<void>& health() const { return health_; }

 private:
  Journal(host::UniqueFd fd, host::fs::path path, int64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  void append(std::string_view line);
  void sync();
  void give_name();
  void fail(std::string_view action, int error_number);

  host::UniqueFd fd_;
  host::fs::path path_;
  host::fs::path hidden_;  ///< the folder until the first line; "": it has its name
  int64_t size_;  ///< of the whole lines
  Result<void> health_;
};

/// A journal as read back. cut  the file ended within a line, or its last line is broken (that part is
/// ignored).
struct JournalContent {
  std::vector<Event> events;
  bool cut = false;
  std::string script, target;  ///< from run-started
  json params = json::object();
  bool finished = false;  ///< it needs no resume: it passed, or was given up
  uint64_t last_seq = 0;
  /// Steps that were running when the journal ends: the program was killed.
  std::vector<std::string> cut_off;
  /// How each step stands now: one that was undone, or waited for a step that was started again, has
  /// no status. kSkipped only when a person skipped it.
  History history() const;
};

/// Whether there is something to go on with: it is not finished, and it was not refused before its first step.
bool can_be_resumed(const JournalContent& content);

/// Fails kNotFound, kInvalid (a broken line that is not the last one: file and line number).
Result<JournalContent> read_journal(const host::fs::path& folder);

/// The folder of a new run, `<state>/runs/<UTC time>-<script>-<4 random characters>`: a name that is free. Journal::begin() makes it.
host::fs::path name_run_folder(const host::fs::path& state, const std::string& script, WallTime now);
/// The newest run below `state` that is not finished, of `script` when that is not empty. Fails kNotFound with the hint
/// what to run.
Result<host::fs::path> newest_unfinished_run(const host::fs::path& state, std::string_view script = "");
/// Writes run-given-up into the journal of the run in `folder`: newest_unfinished_run() passes it over from now on. Fails
/// kConflict (it runs), kNotFound, kInvalid, kEnvironment.
Result<void> give_up_run(const host::fs::path& folder, const std::function<WallTime()>& now, const std::string& reason);

}  // namespace zdt::stage
