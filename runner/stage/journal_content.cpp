// A journal as read back, and what it says about each step.
#include "stage/journal.h"
#include "stage/journal_lines.h"
#include "stage/order.h"
#include "stage/selection.h"

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
    if (event.type == "clean-up-started") clean_up();
    const bool carries_state = event.type == "step-finished" || event.type == "undo-finished";
    if (carries_state && event.data.contains("state")) history_.state = event.data["state"];
  }
  History take() { return std::move(history_); }

 private:
  void remember_order(const Event& event) {
    plan_.steps.clear();
    for (const json& listed : array_at(event.data, {"steps"})) {
      Step step;
      step.id = string_at(listed, {"id"});
      if (listed.contains("after")) step.after.emplace();
      for (const json& id : array_at(listed, {"after"})) step.after->push_back(id.is_string() ? id.get<std::string>() : "");
      plan_.steps.push_back(std::move(step));
    }
    auto order = predecessors_of(plan_);  // an order that makes no sense is taken for the strictest
    waits_for_ = waiting_for(order ? *order : one_after_another(plan_.steps.size()));
  }
  /// What waited for a step that is done anew was built on its old result.
  void forget_from(const std::string& id) {
    history_.steps.erase(id);
    const auto anew = index_of(plan_, id);
    if (!anew) return;
    for (size_t later = 0; later < plan_.steps.size(); ++later) {
      if (waits_for_[*anew][later]) history_.steps.erase(plan_.steps[later].id);
    }
  }
  void finish(const Event& event) {
    history_.cleaned_up.erase(event.step);
    history_.steps[event.step] = status_of(string_at(event.data, {"status"})).value_or(Status::kError);
  }
  void clean_up() {
    for (const auto& [id, status] : history_.steps) history_.cleaned_up.insert(id);
  }
  void skip(const Event& event) {
    const bool by_person = string_at(event.data, {"reason"}) == "skipped by the speaker";
    if (by_person) history_.steps.emplace(event.step, Status::kSkipped);
  }
  void undo(const Event& event) {
    if (string_at(event.data, {"status"}) == "passed") forget_from(event.step);
  }

  Plan plan_;  ///< ids and `after` only
  std::vector<std::vector<bool>> waits_for_;
  History history_;
};

/// Keeps the steps that have begun, or whose undo has, and have not ended.
void follow_running(const Event& event, std::vector<std::string>& running) {
  const bool begins = event.type == "step-started" || event.type == "undo-started";
  if (event.type == "run-started" || event.type == "run-finished") running.clear();
  if (begins || event.type == "step-finished" || event.type == "undo-finished") std::erase(running, event.step);
  if (begins) running.push_back(event.step);
}

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
    follow_running(event, content.cut_off);
    if (event.type == "run-finished") content.finished = string_at(event.data, {"status"}) == "passed";
    if (event.type == "run-given-up") content.finished = true;
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
