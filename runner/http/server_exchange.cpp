#include "http/server_exchange.h"

#include <boost/beast/websocket/rfc6455.hpp>

#include "base/text.h"
#include "http/websocket_stream.h"

namespace zdt::http {

ServerExchange::ServerExchange(const asio::any_io_executor& executor, std::unique_ptr<TlsStream>& stream, WireRequest request)
    : stream_(stream), request_(std::move(request)), streaming_(executor) {
  method = std::string(request_.method_string());
  target = parse_target({request_.target().data(), request_.target().size()});
  for (const auto& field : request_) headers.add(std::string(field.name_string()), std::string(field.value()));
  body = request_.body();
}

Task<void> ServerExchange::respond(int status, std::string content_type, std::string content, Headers extra) {
  Headers fields;
  fields.add("Content-Type", std::move(content_type));
  for (const auto& [name, value] : extra.all()) fields.add(name, value);
  if (has_content(status)) fields.add("Content-Length", std::to_string(content.size()));
  answered_ = true;
  keep_alive_ = request_.keep_alive();
  std::string bytes = answer_head(request_.version(), status, fields, keep_alive_);
  const bool is_head = request_.method() == beast::http::verb::head;
  if (!is_head && has_content(status)) bytes += content;
  co_await write_all(*stream_, std::move(bytes));
}

Task<void> ServerExchange::begin_stream(int status, std::string content_type) {
  Headers fields;
  fields.add("Content-Type", std::move(content_type));
  fields.add("Transfer-Encoding", "chunked");
  answered_ = true;
  keep_alive_ = false;
  allow(*stream_, milliseconds(0));
  std::string head = answer_head(request_.version(), status, fields, false);
  co_await write_all(*stream_, std::move(head));
  streams_ = true;
  streaming_.notify_all();
}

Task<void> ServerExchange::write(std::string chunk) {
  if (chunk.empty()) co_return;
  std::string bytes = chunk_of(chunk);
  co_await write_all(*stream_, std::move(bytes));
}

Task<void> ServerExchange::end_stream() {
  std::string end = chunk_of("");
  co_await write_all(*stream_, std::move(end));
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
