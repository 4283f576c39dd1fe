#include "http/server_exchange.h"

#include <boost/beast/websocket/rfc6455.hpp>

#include "base/text.h"
#include "http/websocket_stream.h"

namespace zdt::http {

namespace {

constexpr milliseconds kBodyLimit{60'000}, kPieceLimit{30'000};
constexpr size_t kSmall = 64 << 10;

}  // namespace

ServerExchange::ServerExchange(const asio::any_io_executor& executor, std::unique_ptr<TlsStream>& stream,
                               RequestReader& reader, const ExchangeLimits& limits)
    : stream_(stream),
      reader_(reader),
      request_(reader.request().base()),
      body_limit_(limits.body_limit),
      body_share_(limits.bodies),
      answers_(limits.answers),
      answer_share_(limits.answers),
      streaming_(executor) {
  method = std::string(request_.method_string());
  target = parse_target({request_.target().data(), request_.target().size()});
  for (const auto& field : request_) headers.add(std::string(field.name_string()), std::string(field.value()));
}

Task<void> ServerExchange::read_body(size_t limit) {
  if (std::exchange(body_is_there_, true)) co_return;
  const size_t most = std::min(limit, body_limit_);
  const size_t room = reader_.done() ? 0 : std::min<uint64_t>(reader_.announced().value_or(most), most);
  if (room > kSmall && !body_share_.take(room)) throw BodyRefused(429, "Too many requests, please try again later.");
  reader_.begin_body(most);
  allow(*stream_, kBodyLimit);
  while (!reader_.done() && !reader_.refusal()) {
    if (reader_.wants_continue()) {
      std::string go_on(kContinue);
      co_await write_all(*stream_, std::move(go_on), kBodyLimit);
    }
    const std::string bytes = co_await read_some(*stream_);
    if (bytes.empty()) throw boost::system::system_error(asio::error::connection_reset);
    reader_.take(bytes);
  }
  allow(*stream_, milliseconds(0));
  const int refusal = reader_.refusal().value_or(0);
  if (refusal == 413) throw BodyRefused(413, fmt::format("limit is {}", most));
  if (refusal != 0) throw BodyRefused(refusal, "the body is malformed");
  body = reader_.take_body();
}

/// The bytes of an answer, or of one that says that all answers together are too many at this moment.
std::string ServerExchange::answer_of(int status, const Headers& fields, std::string content) {
  if (content.size() > kSmall && !answer_share_.take(content.size())) {
    Headers later;
    later.add("Content-Type", "text/plain");
    later.add("Retry-After", "1");
    return answer_of(429, later, "Too many requests, please try again later.\n");
  }
  Headers all = fields;
  if (has_content(status)) all.add("Content-Length", std::to_string(content.size()));
  std::string bytes = answer_head(request_.version(), status, all, keep_alive_);
  const bool is_head = request_.method() == beast::http::verb::head;
  if (!is_head && has_content(status)) bytes += content;
  return bytes;
}

Task<void> ServerExchange::respond(int status, std::string content_type, std::string content, Headers extra) {
  Headers fields;
  fields.add("Content-Type", std::move(content_type));
  for (const auto& [name, value] : extra.all()) fields.add(name, value);
  answered_ = true;
  keep_alive_ = request_.keep_alive() && reader_.done();
  std::string bytes = answer_of(status, fields, std::move(content));
  co_await write_all(*stream_, std::move(bytes), kPieceLimit);
  allow(*stream_, milliseconds(0));
}

Task<void> ServerExchange::begin_stream(int status, std::string content_type) {
  Headers fields;
  fields.add("Content-Type", std::move(content_type));
  fields.add("Transfer-Encoding", "chunked");
  for (const auto& [name, value] : stream_headers.all()) fields.add(name, value);
  answered_ = true;
  keep_alive_ = false;
  std::string head = answer_head(request_.version(), status, fields, false);
  co_await write_all(*stream_, std::move(head), kPieceLimit);
  allow(*stream_, milliseconds(0));
  streams_ = true;
  streaming_.notify_all();
}

Task<void> ServerExchange::write(std::string chunk) {
  if (chunk.empty()) co_return;
  Budget::Share share(answers_);
  if (chunk.size() > kSmall && !share.take(chunk.size())) throw boost::system::system_error(asio::error::no_buffer_space);
  std::string bytes = chunk_of(chunk);
  co_await write_all(*stream_, std::move(bytes), stream_limit_);
}

Task<void> ServerExchange::end_stream() {
  std::string end = chunk_of("");
  co_await write_all(*stream_, std::move(end), kPieceLimit);
}

bool ServerExchange::wants_websocket() const { return beast::websocket::is_upgrade(request_); }

std::vector<std::string> ServerExchange::offered_protocols() const {
  std::vector<std::string> offered;
  for (const std::string& name : split(headers.get("Sec-WebSocket-Protocol"), ',')) offered.push_back(trim(name));
  return offered;
}

Task<std::unique_ptr<WebSocket>> ServerExchange::accept_websocket(std::string protocol) {
  allow(*stream_, milliseconds(0));
  answered_ = true;
  keep_alive_ = false;
  auto accepted = co_await websocket_on(std::move(stream_), request_, std::move(protocol));
  co_return std::move(accepted);
}

/// The peer has nothing more to say, so its bytes are read for their end alone.
Task<void> ServerExchange::peer_gone() {
  while (!streams_) co_await streaming_.wait();
  std::string ignored;
  do {
    ignored = co_await read_some(*stream_);
  } while (!ignored.empty());
}

}  // namespace zdt::http
