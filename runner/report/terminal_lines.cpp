// The lines of the text view: which step speaks, and the live line of those that run.
#include <algorithm>

#include "base/text.h"
#include "report/terminal_view.h"
#include "report/text.h"

namespace zdt::report {
namespace {

using stage::Event;
using std::chrono::seconds;

}  // namespace

void TerminalView::tick(WallTime now) {
  if (running_.empty() || held_) return;
  const Shown& first = running_.front();
  const bool is_below_its_title = running_.size() == 1 && (!beside_ || speaker_ == first.id);
  if (is_below_its_title) return live_.show(std::string(kBelow) + live_text(first, now));
  const size_t share = static_cast<size_t>(std::max(style_.columns, 1)) / running_.size();
  std::string all;
  for (const Shown& step : running_) {
    const std::string number = step.heading.substr(0, step.heading.find(' '));
    all = padded(all, share * static_cast<size_t>(&step - &first));
    all += fitted(fmt::format("{} {}", number, live_text(step, now)), std::max<size_t>(share, 4) - 2);
  }
  live_.show(all);
}

std::string TerminalView::live_text(const Shown& step, WallTime now) const {
  const auto running = std::chrono::duration_cast<seconds>(now - step.started);
  return fmt::format("{} s{}{}", running.count(), step.activity.empty() ? "" : "  ", step.activity);
}

TerminalView::Shown& TerminalView::shown_of(const Event& event) {
  const auto found =
      std::find_if(running_.begin(), running_.end(), [&](const Shown& step) { return step.id == event.step; });
  return found == running_.end() ? ended_ : *found;
}

/// The source line that follows a script's mistake stands on lines of its own, deeper.
void TerminalView::failure(std::string_view indent, std::string_view start, const Event& event) {
  const auto [what, more] = first_line(string_at(event.data, {"error", "what"}));
  line(indent, Mark::kFailed, fmt::format("{}{}", start, what));
  if (!more.empty()) lines(std::string(indent) + "  ", more);
  hint(indent, at(event.data, {"error"}));
}

void TerminalView::line(std::string_view indent, Mark kind, std::string_view text) {
  print(indent, fmt::format("{} {}", mark(style_, kind), text));
}

void TerminalView::print(std::string_view indent, std::string_view text) {
  const auto title = titles_.find(current_);
  if (!indent.empty() && beside_ && speaker_ != current_ && title != titles_.end()) {
    speaker_ = current_;
    live_.print(fmt::format("{} {}", title->second, style_.unicode ? "…" : "..."));
  }
  live_.print(fmt::format("{}{}", indent, text));
}

void TerminalView::lines(std::string_view indent, std::string_view text) {
  const std::string whole = clean(text);
  for (const std::string& part :
       split(whole.ends_with('\n') ? whole.substr(0, whole.size() - 1) : whole, '\n')) {
    print(indent, part);
  }
}

void TerminalView::hint(std::string_view indent, const json& error) {
  const std::string next = one_line(string_at(error, {"hint"}));
  if (next.empty() || next == shown_hint_) return;
  shown_hint_ = next;
  print(indent, fmt::format("{} next: {}", mark(style_, Mark::kNext), next));
}

}  // namespace zdt::report
