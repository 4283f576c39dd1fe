// A journal as read back, and what it says about each step.
#include <algorithm>

#include "stage/journal.h"
#include "stage/journal_lines.h"

namespace zdt::stage {
namespace {

constexpr int64_t kKnownFormat = 1;

/// Follows the events of one run through all its executions.
class HistoryReader {
 public:
  void read(const Event& event) {
    if (event.type == "run-started") remember_order(event);
    if (event.type == "step-started") forget_from(event.step);
    if (event.type == "step-finished") finish(event);
    if (event.type == "step-skipped") skip(event);
    if (event.type == "undo-finished") undo(event);
    const bool carries_state = event.type == "step-finished" || event.type == "undo-finished";
    if (carries_state && event.data.contains("state")) history_.state = event.data["state"];
  }
  History take() { return std::move(history_); }

 private:
  void remember_order(const Event& event) {
    order_.clear();
    for (const json& step : array_at(event.data, {"steps"})) order_.push_back(string_at(step, {"id"}));
  }
  /// What comes after a step that is done anew was built on its old result.
  void forget_from(const std::string& id) {
    for (auto here = std::find(order_.begin(), order_.end(), id); here != order_.end(); ++here) {
      history_.steps.erase(*here);
    }
    history_.steps.erase(id);
  }
  void finish(const Event& event) {
    history_.steps[event.step] = status_of(string_at(event.data, {"status"})).value_or(Status::kError);
  }
  void skip(const Event& event) {
    const bool by_person = string_at(event.data, {"reason"}) == "skipped by the speaker";
    if (by_person) history_.steps.emplace(event.step, Status::kSkipped);
  }
  void undo(const Event& event) {
    if (string_at(event.data, {"status"}) == "passed") forget_from(event.step);
  }

  std::vector<std::string> order_;
  History history_;
};

}  // namespace

History JournalContent::history() const {
  HistoryReader reader;
  for (const Event& event : events) reader.read(event);
  return reader.take();
}

Result<JournalContent> read_journal(const host::fs::path& folder) {
  const host::fs::path path = folder / "journal.jsonl";
  auto text = host::read_file(path);
  if (!text) return text.error();
  auto lines = read_journal_lines(*text, path.string());
  if (!lines) return lines.error();

  JournalContent content;
  content.events = std::move(lines->events);
  content.cut = lines->cut;
  for (const Event& event : content.events) {
    content.last_seq = event.seq;
    if (event.type == "run-finished") content.finished = string_at(event.data, {"status"}) == "passed";
    if (event.type != "run-started") continue;
    if (int_at(event.data, {"format"}, kKnownFormat) > kKnownFormat) {
      return Error{Code::kInvalid, fmt::format("{} was written by a newer zdt-demo", path.string()), ""};
    }
    content.finished = false;
    content.script = event.script;
    content.target = string_at(event.data, {"target"});
    content.params = object_at(event.data, {"params"});
  }
  return content;
}

}  // namespace zdt::stage
