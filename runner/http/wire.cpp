#include "http/wire.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

namespace zdt::http {

namespace bh = boost::beast::http;
using boost::system::error_code;

namespace {

int refusal_of(const error_code& failure) {
  return failure == bh::error::header_limit ? 431 : 400;
}

}  // namespace

void RequestReader::begin() {
  parser_.emplace();
  parser_->header_limit(kHeaderLimit);
  parser_->body_limit(boost::none);  // body_limit_ is looked at here, when somebody wants the body
  asked_to_continue_ = reads_body_ = false;
}

void RequestReader::begin_body(size_t limit) {
  body_limit_ = limit;
  reads_body_ = true;
  const auto announced = parser_->content_length();
  if (announced && *announced > limit) refusal_ = 413;
  if (!done()) take("");
}

void RequestReader::take(std::string_view bytes) {
  unread_.append(bytes);
  error_code failure;
  size_t used = 0;
  while (!refusal_ && !done() && used < unread_.size() && (!head_done() || reads_body_)) {
    used += parser_->put(boost::asio::buffer(unread_) + used, failure);
    if (failure == bh::error::need_more) break;
    if (failure) refusal_ = refusal_of(failure);
    if (!refusal_ && head_done() && body_size() > body_limit_ && reads_body_) refusal_ = 413;
  }
  unread_.erase(0, used);
}

bool RequestReader::wants_continue() {
  if (asked_to_continue_ || refusal_ || done() || !parser_->is_header_done()) return false;
  asked_to_continue_ = bh::token_list(parser_->get()[bh::field::expect]).exists("100-continue");
  return asked_to_continue_;
}

std::string answer_head(unsigned version, int status, const Headers& headers, bool keep_alive) {
  const auto reason = bh::obsolete_reason(bh::int_to_status(static_cast<unsigned>(status)));
  std::string head = fmt::format("HTTP/{}.{} {} {}\r\n", version / 10, version % 10, status, std::string_view(reason));
  for (const auto& [name, value] : headers.all()) head += name + ": " + value + "\r\n";
  const bool keeps_by_itself = version >= 11;
  if (keep_alive != keeps_by_itself) head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  return head + "\r\n";
}

bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

std::string chunk_of(std::string_view bytes) {
  return bytes.empty() ? "0\r\n\r\n" : fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace zdt::http
