#include "upstream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>

#include "duration.h"
#include "log.h"

namespace monolith {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kAnswerLimit = 1024 * 1024;
constexpr const char* kErrorHeader = "X-Upstream-Error";
constexpr const char* kPodHeader = "X-Upstream-Pod";

auto or_error(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

void set_limit(beast::tcp_stream& stream, const std::optional<std::chrono::milliseconds>& limit) {
  if (limit) {
    stream.expires_after(*limit);
  } else {
    stream.expires_never();
  }
}

WireRequest to_upstream(const Request& request, const UpstreamUrl& url, const std::string& target) {
  WireRequest wire;
  wire.method(request.method == Method::kPost ? http::verb::post : http::verb::get);
  wire.target(url.prefix + target);
  wire.version(11);
  wire.set(http::field::host, url.port == "80" ? url.host : url.host + ":" + url.port);
  wire.set(http::field::user_agent, "monolith");
  wire.keep_alive(false);
  if (request.method == Method::kPost) {
    wire.set(http::field::content_type, "application/json");
    wire.body() = request.body;
    wire.prepare_payload();
  }
  return wire;
}

Response from_upstream(http::response<http::string_body>&& wire) {
  Response response;
  response.status = static_cast<int>(wire.result_int());
  if (const auto type = wire[http::field::content_type]; !type.empty())
    response.content_type = std::string(type);
  if (const auto pod = wire["X-Pod"]; !pod.empty())
    response.headers.emplace_back(kPodHeader, std::string(pod));
  if (const auto error = wire[kErrorHeader]; !error.empty()) {
    response.headers.emplace_back(kErrorHeader, std::string(error));
  }
  response.body = std::move(wire.body());
  return response;
}

Response failure(UpstreamError error, const std::string& address, std::chrono::milliseconds took) {
  const std::string name(upstream_error_name(error));
  const int status = upstream_error_status(error);
  Response response = json_response(status, {{"error", "upstream " + address + ": " + name},
                                             {"status", status},
                                             {"upstream_error", name},
                                             {"took_ms", took.count()}});
  response.headers.emplace_back(kErrorHeader, name);
  return response;
}

std::string header_of(const Response& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return "";
}

/// "upstream GET http://backend:8080/sleep/0.3: 502 refused after 1ms". Of an error that was passed on: "...
/// refused behind POD after 1ms".
void log_failure(const Request& request, const std::string& address, const Response& response,
                 std::chrono::milliseconds took) {
  const std::string error = header_of(response, kErrorHeader);
  if (error.empty()) return;
  const std::string pod = header_of(response, kPodHeader);
  log_line("upstream " + std::string(method_name(request.method)) + " " + address + ": " +
           std::to_string(response.status) + " " + error + (pod.empty() ? "" : " behind " + pod) + " after " +
           std::to_string(took.count()) + "ms");
}

}  // namespace

Upstream::Upstream(const Config& config) : config_(config), url_(parse_upstream_url(config.upstream_url)) {}

/// What is known, unless the caller is the one to look again; the others go on with what there is meanwhile.
std::optional<Upstream::Addresses> Upstream::known_addresses() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (known_.empty()) return {};
  if (now >= look_again_) {
    look_again_ = now + kAddressAge;
    return {};
  }
  return known_;
}

/// Empty when the name has none.
asio::awaitable<Upstream::Addresses> Upstream::addresses(asio::any_io_executor executor) {
  if (const auto known = known_addresses()) co_return *known;
  error_code error;
  tcp::resolver resolver(executor);
  // Asks for AAAA only where there are IPv6 addresses: a second query otherwise.
  Addresses found = co_await resolver.async_resolve(url_->host, url_->port, tcp::resolver::address_configured,
                                                    or_error(error));
  if (error) found = {};
  const std::lock_guard lock(mutex_);
  known_ = found;
  look_again_ = Clock::now() + kAddressAge;
  co_return found;
}

asio::awaitable<UpstreamError> Upstream::connect(Stream& stream) {
  const Addresses found = co_await addresses(stream.get_executor());
  if (found.empty()) co_return UpstreamError::kDns;
  error_code error;
  set_limit(stream, config_.upstream_connect_timeout);
  co_await stream.async_connect(found, or_error(error));
  if (error) co_return upstream_connect_error(error);
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  co_return UpstreamError::kNone;
}

asio::awaitable<UpstreamError> Upstream::exchange(Stream& stream, const WireRequest& request,
                                                  AnswerParser& answer) {
  error_code error;
  set_limit(stream, config_.upstream_read_timeout);
  co_await http::async_write(stream, request, or_error(error));
  if (error) co_return upstream_exchange_error(error);
  beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, answer, or_error(error));
  co_return error ? upstream_exchange_error(error) : UpstreamError::kNone;
}

asio::awaitable<Response> Upstream::ask(const Request& request, std::string target) {
  const auto start = Clock::now();
  const WireRequest wire = to_upstream(request, *url_, target);
  Stream stream(co_await asio::this_coro::executor);
  AnswerParser answer;
  answer.body_limit(kAnswerLimit);
  UpstreamError error = co_await connect(stream);
  if (error == UpstreamError::kNone) error = co_await exchange(stream, wire, answer);
  const auto took = std::chrono::round<std::chrono::milliseconds>(Clock::now() - start);
  const std::string address = "http://" + url_->host + ":" + url_->port + url_->prefix + target;
  Response response;
  if (error == UpstreamError::kNone) {
    response = from_upstream(answer.release());
  } else {
    response = failure(error, address, took);
  }
  log_failure(request, address, response, took);
  co_return response;
}

}  // namespace monolith
