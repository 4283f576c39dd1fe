#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>

#include "config.h"
#include "message.h"

namespace monolith {

inline constexpr std::uint32_t kHeaderLimit = 16 * 1024;
inline constexpr std::uint64_t kBodyLimit = 64 * 1024;

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// What Beast parsed, as the handlers see it.
Request from_wire(WireRequest&& wire);

/// What belongs to the request and is needed to write the answer.
struct ReplyTo {
  Method method = Method::kOther;
  unsigned version = 11;
  bool keep_alive = false;
};

/// The answer as bytes go out: with X-Pod, X-Version, Connection, and a Content-Length wherever HTTP has one.
/// The body is left out for HEAD, 204 and 304.
WireResponse to_wire(Response&& response, const ReplyTo& to, const Config& config);

/// The status to refuse an unreadable request with; 0 when the peer is gone, or too slow, and no answer is
/// due.
int refusal_status(boost::beast::error_code read_error);

}  // namespace monolith
