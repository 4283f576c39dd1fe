#include "wire.h"

#include <boost/beast/http/error.hpp>

namespace monolith {
namespace {

namespace http = boost::beast::http;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::put:
      return Method::kPut;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

bool has_no_content(int status) { return status == 204 || status == 304; }

}  // namespace

Request from_wire(WireRequest&& wire) {
  Request request;
  request.method = method_of(wire.method());
  request.target.assign(wire.target().data(), wire.target().size());
  request.body = std::move(wire.body());
  return request;
}

WireResponse to_wire(Response&& response, const ReplyTo& to, const Config& config) {
  WireResponse wire;
  wire.version(to.version);
  wire.result(static_cast<unsigned>(response.status));
  wire.set("X-Pod", config.pod);
  wire.set("X-Version", config.version);
  for (const auto& [name, value] : response.headers) wire.set(name, value);
  wire.keep_alive(to.keep_alive);
  if (has_no_content(response.status)) return wire;
  wire.set(http::field::content_type, response.content_type);
  wire.content_length(response.body.size());
  if (to.method != Method::kHead) wire.body() = std::move(response.body);
  return wire;
}

int refusal_status(boost::beast::error_code read_error) {
  const auto parser_errors = http::make_error_code(http::error::bad_method).category().name();
  if (read_error == http::error::body_limit) return 413;
  if (read_error == http::error::header_limit) return 431;
  if (read_error == http::error::end_of_stream || read_error == http::error::partial_message) return 0;
  return read_error.category().name() == parser_errors ? 400 : 0;
}

}  // namespace monolith
