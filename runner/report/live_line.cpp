#include "report/live_line.h"

#include <algorithm>

#include "report/text.h"

namespace zdt::report {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

void LiveLine::print(std::string_view text) {
  std::string output(text_.empty() ? "" : kEraseLine);
  output.append(text).append("\n");
  terminal_.write_styled(output);
  draw();
}

void LiveLine::show(std::string text) {
  if (!style_.rewrite) return;
  // One column stays free: a character in the last one makes some terminals begin a new line.
  text = fitted(text, static_cast<size_t>(std::max(style_.columns - 1, 1)));
  if (text == text_) return;
  if (!text_.empty()) terminal_.write_styled(kEraseLine);
  text_ = std::move(text);
  draw();
}

void LiveLine::erase() {
  if (text_.empty()) return;
  terminal_.write_styled(kEraseLine);
  text_.clear();
}

void LiveLine::draw() {
  if (!text_.empty()) terminal_.write_styled(text_);
}

}  // namespace zdt::report
