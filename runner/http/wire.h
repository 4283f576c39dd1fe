// HTTP/1.1 requests and answers as bytes. No I/O: whoever has a connection hands in what it read, and writes what it gets.
#pragma once
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "http/message.h"

namespace zdt::http {

/// Like Beast's string_body, but it makes no room for bytes that are only announced.
struct GrowingBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool isRequest, class Fields>
    reader(boost::beast::http::header<isRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>&, boost::system::error_code& failure) { failure = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, boost::system::error_code& failure) {
      failure = {};
      size_t size = 0;
      for (auto piece : boost::beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(piece.data()), piece.size());
        size += piece.size();
      }
      return size;
    }
    void finish(boost::system::error_code& failure) { failure = {}; }

   private:
    value_type& body_;
  };
};

using WireRequest = boost::beast::http::request<GrowingBody>;

/// Reads the requests of one connection, one after the other: the head, and the body when it is asked for.
class RequestReader {
 public:
  /// Of a header and its request line together; a longer one is 431.
  static constexpr uint32_t kHeaderLimit = 64 << 10;

  RequestReader() { begin(); }

  /// Takes the next bytes of the connection ("" is fine: bytes of an earlier call may hold a whole request).
  void take(std::string_view bytes);
  /// Whether the first bytes of a request are there.
  bool begun() const { return parser_->got_some() || !unread_.empty(); }
  bool head_done() const { return parser_->is_header_done(); }
  /// The head is there, and the body too, which may be empty.
  bool done() const { return parser_->is_done(); }
  /// The request, as far as it was read. For when its head is done.
  const WireRequest& request() const { return parser_->get(); }

  /// The body's length, where the head says it.
  std::optional<uint64_t> announced() const {
    const auto length = parser_->content_length();
    return length ? std::optional<uint64_t>(*length) : std::nullopt;
  }
  /// Reads on after the head; a body of more than `limit` bytes is refused, an announced one before it is read.
  void begin_body(size_t limit);
  /// How much of the body is there.
  size_t body_size() const { return parser_->get().body().size(); }
  /// The status to refuse an unreadable request with: 400, 413 or 431. Nothing more can be read then.
  std::optional<int> refusal() const { return refusal_; }
  /// True once for a request whose body is held back for "100 Continue".
  bool wants_continue();
  /// Takes the body of the request that is done(). The next request begins with begin().
  std::string take_body() { return std::move(parser_->get().body()); }
  void begin();

 private:
  using Parser = boost::beast::http::request_parser<GrowingBody>;

  size_t body_limit_ = 0;
  std::optional<Parser> parser_;
  std::string unread_;
  std::optional<int> refusal_;
  bool asked_to_continue_ = false, reads_body_ = false;
};

/// The status line, `headers` and the empty line. version  11 or 10.  keep_alive  whether the connection stays.
std::string answer_head(unsigned version, int status, const Headers& headers, bool keep_alive);
/// Whether an answer of this status has a body, and so a Content-Length (RFC 9110, 6.4.1).
bool has_content(int status);
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// One chunk of a chunked body; of no bytes: its end.
std::string chunk_of(std::string_view bytes);

}  // namespace zdt::http
