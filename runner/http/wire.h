// HTTP/1.1 requests and answers as bytes. No I/O: whoever has a connection hands in what it read, and writes what it gets.
#pragma once
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "http/message.h"

namespace zdt::http {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// Reads the requests of one connection, one after the other.
class RequestReader {
 public:
  /// Of a header and its request line together; a longer one is 431.
  static constexpr uint32_t kHeaderLimit = 64 << 10;

  explicit RequestReader(size_t body_limit) : body_limit_(body_limit) { begin(); }

  /// Takes the next bytes of the connection ("" is fine: bytes of an earlier call may hold a whole request).
  void take(std::string_view bytes);
  bool done() const { return parser_->is_done(); }
  /// The status to refuse an unreadable request with: 400, 413 or 431. Nothing more can be read then.
  std::optional<int> refusal() const { return refusal_; }
  /// True once for a request whose body is held back for "100 Continue".
  bool wants_continue();
  /// The request that is done(). The next one begins.
  WireRequest next();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  void begin();

  size_t body_limit_;
  std::optional<Parser> parser_;
  std::string unread_;
  std::optional<int> refusal_;
  bool asked_to_continue_ = false;
};

/// The status line, `headers` and the empty line. version  11 or 10.  keep_alive  whether the connection stays.
std::string answer_head(unsigned version, int status, const Headers& headers, bool keep_alive);
/// Whether an answer of this status has a body, and so a Content-Length (RFC 9110, 6.4.1).
bool has_content(int status);
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// One chunk of a chunked body; of no bytes: its end.
std::string chunk_of(std::string_view bytes);

}  // namespace zdt::http
