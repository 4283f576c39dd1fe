#include "rehearsal/api/field_path.h"

#include <algorithm>

namespace zdt::rehearsal::api {
namespace {

/// Ends an element; within one it is written as kEscape, kEndEscaped, and kEscape itself doubled: a key of JSON may hold them.
constexpr char kEnd = '\0', kEscape = '\1', kEndEscaped = '\2';

std::string unescaped(std::string_view text) {
  std::string element;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == kEscape && i + 1 < text.size();
    if (escape) ++i;
    element += escape && text[i] == kEndEscaped ? kEnd : text[i];
  }
  return element;
}

}  // namespace

FieldPath::FieldPath(std::initializer_list<std::string_view> elements) {
  for (const std::string_view element : elements) push(element);
}

void FieldPath::push(std::string_view element) {
  for (const char c : element) {
    if (c == kEnd || c == kEscape) text_ += kEscape;
    text_ += c == kEnd ? kEndEscaped : c;
  }
  text_ += kEnd;
}

void FieldPath::pop() {
  if (empty()) return;
  const size_t end = text_.size() < 2 ? std::string::npos : text_.rfind(kEnd, text_.size() - 2);
  text_.resize(end == std::string::npos ? 0 : end + 1);
}

size_t FieldPath::size() const { return static_cast<size_t>(std::count(text_.begin(), text_.end(), kEnd)); }

std::vector<std::string> FieldPath::elements() const {
  std::vector<std::string> elements;
  for (size_t from = 0, end; from < text_.size(); from = end + 1) {
    end = text_.find(kEnd, from);
    elements.push_back(unescaped(std::string_view(text_).substr(from, end - from)));
  }
  return elements;
}

std::string FieldPath::last() const {
  const size_t from = parent().text_.size();
  return unescaped(std::string_view(text_).substr(from, text_.size() - from - 1));
}

FieldPath FieldPath::head(size_t elements) const {
  size_t end = 0;
  while (elements-- > 0 && end < text_.size()) end = text_.find(kEnd, end) + 1;
  FieldPath head;
  head.text_ = text_.substr(0, end);
  return head;
}

FieldPath FieldPath::parent() const {
  FieldPath above = *this;
  above.pop();
  return above;
}

}  // namespace zdt::rehearsal::api
