// The header sections of one answer, as libcurl hands them over line by line.
#pragma once
#include <cstdint>
#include <string_view>

namespace zdt::load {

/// Knows where the final section is among interim ones (1xx) and trailers, and whether it is whole (RFC 9112, 2.1; RFC
/// 9110, 15.2). HTTP/2 comes in the same form.
class AnswerHead {
 public:
  enum class Line {
    kStart,    ///< a status line: what an earlier section said does not count any more
    kField,    ///< of the section that kStart began
    kEnd,      ///< the empty line
    kTrailer,  ///< after the final section's end
  };
  Line read(std::string_view line);
  void clear() { *this = AnswerHead(); }

  /// The final section has come, with the empty line at its end.
  bool whole() const { return whole_; }
  /// Of the newest section; 0: none, or no number.
  int status() const { return status_; }
  /// How the body's end is told (RFC 9112, 6.3): by chunks; by its length, -1: by neither, so that it ends with the connection.
  bool is_chunked() const { return chunked_; }
  int64_t length() const { return chunked_ ? -1 : length_; }
  /// Two different lengths were told: where the body ends is not known (RFC 9112, 6.3).
  bool is_ambiguous() const { return ambiguous_; }

 private:
  void start(std::string_view line);
  void read_framing(std::string_view line);

  bool whole_ = false, in_section_ = false, chunked_ = false, ambiguous_ = false;
  int status_ = 0;
  int64_t length_ = -1;
};

/// Whether `line` is the field `name` with a value; then `value` is that, trimmed.
bool is_field(std::string_view line, std::string_view name, std::string_view& value);

}  // namespace zdt::load
