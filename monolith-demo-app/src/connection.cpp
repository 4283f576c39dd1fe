#include "connection.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>
#include <sstream>

#include "log.h"

namespace monolith {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

auto or_error(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

bool holds_body_back(const RequestParser& parser) {
  return parser.is_header_done() && http::token_list{parser.get()[http::field::expect]}.exists("100-continue");
}

void log_access(const Request& request, int status, Clock::duration took) {
  std::array<char, 48> tail{};
  const double milliseconds = std::chrono::duration<double, std::milli>(took).count();
  std::snprintf(tail.data(), tail.size(), " %d %.1fms", status, milliseconds);
  log_line("access " + std::string(method_name(request.method)) + " " + request.target + tail.data());
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, App& app) : app_(app), stream_(std::move(socket)) {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

Connection::~Connection() { app_.connections.remove(this); }

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  bool open = true;
  while (open) {
    open = co_await self->wait_for_request();
    if (open) open = co_await self->serve_one();
  }
  co_await self->close_softly();
}

void Connection::drain() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->waiting_) self->stream_.cancel();
  });
}

/// True when at least one byte of a request is there.
asio::awaitable<bool> Connection::wait_for_request() {
  if (buffer_.size() > 0) co_return true;
  if (!app_.lifecycle.draining()) {
    waiting_ = true;
    const bool arrived = co_await wait_for_bytes(kIdleTimeout);
    waiting_ = false;
    if (arrived) co_return true;
    if (!app_.lifecycle.draining()) co_return false;
  }
  if (bytes_have_arrived()) co_return true;
  co_return co_await wait_for_last_request();
}

/// The drain has begun: what comes now is answered with "Connection: close".
asio::awaitable<bool> Connection::wait_for_last_request() {
  const std::chrono::milliseconds limit = answered_ ? app_.config.drain_idle : kFreshGrace;
  if (limit.count() == 0) co_return false;
  co_return co_await wait_for_bytes(limit);
}

asio::awaitable<bool> Connection::wait_for_bytes(std::chrono::milliseconds limit) {
  error_code error;
  stream_.expires_after(limit);
  const std::size_t count = co_await stream_.async_read_some(buffer_.prepare(4096), or_error(error));
  buffer_.commit(count);
  co_return !error;
}

/// Bytes that the kernel holds for us: a request which was sent before we could say that we are leaving.
bool Connection::bytes_have_arrived() {
  error_code error;
  return stream_.socket().is_open() && stream_.socket().available(error) > 0 && !error;
}

/// True when the connection can take another request.
asio::awaitable<bool> Connection::serve_one() {
  const Metrics::InFlight in_flight(app_.metrics);
  const auto start = Clock::now();
  WireRequest wire;
  const error_code error = co_await read_request(wire);
  const int refusal = error ? refusal_status(error) : 0;
  if (error && refusal == 0) co_return false;

  // Of a refused request, what was read before the mistake still counts: its method, above all.
  ReplyTo to;
  to.version = wire.version();
  to.keep_alive = !error && wire.keep_alive();
  Request request = from_wire(std::move(wire));
  to.method = request.method;
  Response response;
  if (error) {
    response = error_response(refusal, error.message());
  } else {
    response = co_await app_.answer(request);
  }
  const int status = response.status;
  const bool open = co_await reply(std::move(response), to);
  app_.metrics.count_request(request.method, status, Clock::now() - start);
  if (app_.config.access_log) log_access(request, status, Clock::now() - start);
  co_return open;
}

asio::awaitable<error_code> Connection::read_request(WireRequest& out) {
  RequestParser parser;
  parser.eager(true);
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  bool told_to_continue = false;
  stream_.expires_after(kReadTimeout);
  error_code error = take_bytes(parser);
  while (error == http::error::need_more) {
    error = {};
    if (holds_body_back(parser) && !std::exchange(told_to_continue, true)) {
      co_await asio::async_write(stream_, asio::buffer(kContinue), or_error(error));
    }
    if (!error) buffer_.commit(co_await stream_.async_read_some(buffer_.prepare(4096), or_error(error)));
    if (!error) error = take_bytes(parser);
  }
  out = parser.release();
  co_return error;
}

/// Gives the parser what was read. need_more: the request is not whole yet.
error_code Connection::take_bytes(RequestParser& parser) {
  error_code error = http::error::need_more;
  while (buffer_.size() > 0 && !parser.is_done()) {
    error = {};
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error) return error;
  }
  return parser.is_done() ? error_code{} : http::error::need_more;
}

/// True when the answer went out and the connection stays open.
asio::awaitable<bool> Connection::reply(Response response, ReplyTo to) {
  answered_ = true;
  to.keep_alive = to.keep_alive && !app_.lifecycle.draining();
  const WireResponse wire = to_wire(std::move(response), to, app_.config);
  std::ostringstream head;
  head << wire.base();
  const std::string bytes = head.str() + wire.body();
  error_code error;
  stream_.expires_after(kWriteTimeout);
  co_await asio::async_write(stream_, asio::buffer(bytes), or_error(error));
  co_return !error && to.keep_alive;
}

/// Says that no more comes, and takes what the client still sends: to close with unread bytes would reset the
/// connection, and the client could lose the answer it has not read yet.
asio::awaitable<void> Connection::close_softly() {
  error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::array<char, 4096> sink;
  stream_.expires_after(kLinger);
  while (!error) co_await stream_.async_read_some(asio::buffer(sink), or_error(error));
  stream_.close();
}

}  // namespace monolith
