#include "rehearsal/node/variables.h"

#include <fmt/format.h>

namespace zdt::rehearsal {
namespace {

/// A place in a text where an escape or a reference stands: [at, end).   name  "" for $$.
struct Mark {
  size_t at, end;
  std::string name;
};

/// Reads a text as Kubernetes does (third_party/forked/golang/expansion/expand.go): $( without a ) is text.
class Marks {
 public:
  explicit Marks(const std::string& text) : text_(text), last_close_(text.rfind(')')) {}

  /// The first mark from `from`; at its end when there is none.
  Mark next(size_t from) const {
    for (size_t at = text_.find('$', from); at != std::string::npos && at + 1 < text_.size(); at = text_.find('$', at + 1)) {
      if (text_[at + 1] == '$') return {at, at + 2, ""};
      if (text_[at + 1] != '(' || last_close_ == std::string::npos || last_close_ < at) continue;
      const size_t close = text_.find(')', at);
      return {at, close + 1, text_.substr(at + 2, close - at - 2)};
    }
    return {text_.size(), text_.size(), ""};
  }

 private:
  const std::string& text_;
  const size_t last_close_;
};

Error too_long() {
  return {Code::kInvalid, fmt::format("argument list too long: a variable or argument of more than {} bytes", kMaxProcessString), ""};
}

}  // namespace

Environment::Environment(std::initializer_list<Variable> variables) {
  for (const auto& [name, value] : variables) set(name, value);
}

void Environment::set(const std::string& name, std::string value) {
  const auto [place, is_new] = places_.try_emplace(name, variables_.size());
  if (is_new) {
    bytes_ += name.size() + 1 + process_bytes(value);
    variables_.emplace_back(name, std::move(value));
    return;
  }
  std::string& old = variables_[place->second].second;
  bytes_ = bytes_ - old.size() + value.size();
  old = std::move(value);
}

const std::string* Environment::find(const std::string& name) const {
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : &variables_[place->second].second;
}

Result<std::string> expand(const std::string& text, const Environment& environment) {
  const Marks marks(text);
  std::string expanded;
  for (size_t from = 0; from < text.size();) {
    const Mark mark = marks.next(from);
    expanded.append(text, from, mark.at - from);
    const std::string* value = mark.name.empty() ? nullptr : environment.find(mark.name);
    if (value != nullptr) {
      expanded += *value;
    } else {
      const size_t escaped = text.compare(mark.at, 2, "$$") == 0 ? 1 : 0;
      expanded.append(text, mark.at + escaped, mark.end - mark.at - escaped);
    }
    if (expanded.size() >= kMaxProcessString) return too_long();
    from = mark.end;
  }
  return expanded;
}

Result<void> check_process_bytes(size_t bytes) {
  if (bytes <= kMaxProcessBytes) return {};
  return Error{Code::kInvalid,
               fmt::format("argument list too long: variables and arguments of more than {} bytes", kMaxProcessBytes), ""};
}

}  // namespace zdt::rehearsal
