#include "load/answer_head.h"

#include <strings.h>

#include <charconv>

namespace zdt::load {

bool is_field(std::string_view line, std::string_view name, std::string_view& value) {
  if (line.size() <= name.size() || line[name.size()] != ':' || name.empty()) return false;
  if (strncasecmp(line.data(), name.data(), name.size()) != 0) return false;
  value = line.substr(name.size() + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
  return !value.empty();
}

/// An empty line is what libcurl takes for one (Curl_http_readwrite_headers in lib/http.c). 101 is final: no other section
/// follows it in HTTP.
AnswerHead::Line AnswerHead::read(std::string_view line) {
  if (whole_) return Line::kTrailer;
  if (!in_section_) {
    start(line);
    return Line::kStart;
  }
  if (line.empty() || line.front() == '\r' || line.front() == '\n') {
    in_section_ = false;
    whole_ = status_ >= 200 || status_ == 101;
    return Line::kEnd;
  }
  read_framing(line);
  return Line::kField;
}

void AnswerHead::start(std::string_view line) {
  clear();
  in_section_ = true;
  const size_t space = line.find(' ');
  if (space == line.npos) return;
  const std::string_view number = line.substr(space + 1);
  std::from_chars(number.data(), number.data() + number.size(), status_);
}

void AnswerHead::read_framing(std::string_view line) {
  std::string_view value;
  if (is_field(line, "transfer-encoding", value)) {
    chunked_ = true;
  } else if (is_field(line, "content-length", value)) {
    int64_t length = -1;
    std::from_chars(value.data(), value.data() + value.size(), length);
    ambiguous_ = ambiguous_ || (length_ >= 0 && length != length_);
    length_ = length;
  }
}

}  // namespace zdt::load
