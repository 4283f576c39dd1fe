// Where the runs lie, and which of them is next to be resumed.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "stage/journal.h"

namespace zdt::stage {
namespace {

namespace fs = host::fs;

/// Makes `folder` and its missing parents, each mode 0700. False with errno; an existing `folder` is EEXIST.
bool make_private_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) return true;
  if (errno != ENOENT || !folder.has_parent_path()) return false;
  const bool parent = make_private_folder(folder.parent_path()) || errno == EEXIST;
  return parent && mkdir(folder.c_str(), 0700) == 0;
}

/// 20260101T000000.123Z: sorts by time, and is a plain word in a shell.
std::string compact_time(WallTime now) {
  std::string text = format_time_ms(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// A run that was refused for its command line (an unknown step, say) never began: there is nothing to go on with.
bool was_refused(const JournalContent& content) {
  if (content.events.empty()) return true;
  const Event& last = content.events.back();
  const bool usage = last.type == "run-finished" && string_at(last.data, {"error", "code"}) == "usage";
  return usage && std::none_of(content.events.begin(), content.events.end(),
                               [](const Event& event) { return event.type == "step-started"; });
}

bool can_be_resumed_in(const fs::path& folder, std::string_view script) {
  auto content = read_journal(folder);
  if (!content && content.error().code != Code::kNotFound)
    spdlog::warn("not resumed: {}", content.error().what);
  return content && can_be_resumed(*content) && (script.empty() || content->script == script);
}

}  // namespace

bool can_be_resumed(const JournalContent& content) {
  return !content.finished && !content.script.empty() && !was_refused(content);
}

fs::path name_run_folder(const fs::path& state, const std::string& script, WallTime now) {
  while (true) {
    fs::path folder = state / "runs" / fmt::format("{}-{}-{}", compact_time(now), slug(script), random_suffix(4));
    if (!fs::exists(folder)) return folder;
  }
}

namespace {

/// Of the folder of a run that has no line yet.
fs::path hidden_name(const fs::path& folder) { return folder.parent_path() / ("." + folder.filename().string()); }

/// Whether a program that ended before its run's first line has left this. One that is about to write the line holds the lock, or
/// will in a moment, so a young one stays.
bool is_left_over(const fs::path& folder) {
  std::error_code gone;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(folder, gone);
  if (gone || age < std::chrono::minutes(1)) return false;
  const host::UniqueFd journal(::open((folder / "journal.jsonl").c_str(), O_RDONLY | O_CLOEXEC));
  return !journal || flock(journal.get(), LOCK_EX | LOCK_NB) == 0;
}

void remove_left_over(const fs::path& runs) {
  std::error_code none_yet, later;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(runs, none_yet)) {
    if (entry.path().filename().string().starts_with('.') && is_left_over(entry.path())) found.push_back(entry.path());
  }
  for (const fs::path& folder : found) fs::remove_all(folder, later);
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::begin(const fs::path& folder) {
  remove_left_over(folder.parent_path());
  const fs::path hidden = hidden_name(folder);
  if (!make_private_folder(hidden)) {
    return Error{Code::kEnvironment, fmt::format("cannot make {}: {}", hidden.string(), std::strerror(errno)), ""};
  }
  auto journal = open(hidden);
  std::error_code left_over;
  if (!journal) fs::remove_all(hidden, left_over);
  if (!journal) return journal.error();
  (*journal)->path_ = folder / "journal.jsonl";
  (*journal)->hidden_ = hidden;
  return journal;
}

Journal::~Journal() {
  std::error_code left_over;
  if (!hidden_.empty()) fs::remove_all(hidden_, left_over);
}

void Journal::give_name() {
  const fs::path folder = path_.parent_path();
  sync();
  if (!health_) return;
  if (::rename(hidden_.c_str(), folder.c_str()) != 0) return fail("name", errno);
  hidden_.clear();
  const host::UniqueFd runs(::open(folder.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!runs || ::fsync(runs.get()) != 0) fail("sync the folder of", errno);
}

Result<fs::path> newest_unfinished_run(const fs::path& state, std::string_view script) {
  std::vector<fs::path> folders;
  std::error_code none_yet;
  for (const auto& entry : fs::directory_iterator(state / "runs", none_yet)) {
    if (!entry.path().filename().string().starts_with('.')) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end(), std::greater<>());
  for (const fs::path& folder : folders) {
    if (can_be_resumed_in(folder, script)) return folder;
  }
  return Error{Code::kNotFound, fmt::format("no unfinished run below {}", (state / "runs").string()),
               "zdt-demo run SCRIPT starts one"};
}

Result<void> give_up_run(const fs::path& folder, const std::function<WallTime()>& now, const std::string& reason) {
  auto journal = Journal::open(folder);
  if (!journal) return journal.error();
  auto content = read_journal(folder);
  if (!content) return content.error();
  Bus bus(now, content->last_seq);
  bus.add(**journal);
  bus.emit("run-given-up", content->script, "", {{"reason", reason}});
  return (*journal)->health();
}

}  // namespace zdt::stage
