#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "app.h"
#include "duration.h"
#include "log.h"

namespace monolith {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kLongestWait{60};

milliseconds wanted_wait(const std::string& text) {
  const auto wait = parse_seconds(text, kLongestWait);
  if (!wait) throw RequestError(400, "wants a number of seconds from 0 to 60, got \"" + text + "\"");
  return *wait;
}

asio::awaitable<void> pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<Response> sleep(const Request& request) {
  const milliseconds wait = wanted_wait(request.args.at(0));
  co_await pause(wait);
  co_return text_response(200, "slept " + format_duration(wait) + "\n");
}

/// The target of an httpGet preStop hook: the pod keeps serving until this answers, and only then gets
/// SIGTERM.
asio::awaitable<Response> pre_stop(const Request& request) {
  const milliseconds wait = wanted_wait(query_value(request.target, "seconds", "5"));
  log_line("preStop hook begins, serving for another " + format_duration(wait));
  co_await pause(wait);
  log_line("preStop hook ends");
  co_return text_response(200, "waited " + format_duration(wait) + "\n");
}

Response chosen_status(const Request& request) {
  const std::string& text = request.args.at(0);
  int code = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), code);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || code < 200 || code > 599) {
    throw RequestError(400, "wants a status code from 200 to 599, got \"" + text + "\"");
  }
  return text_response(code, code == 205 ? "" : "status " + text + "\n");  // 205 forbids a body
}

Response deliberate_exception(const Request&) { throw std::runtime_error("deliberate exception"); }

}  // namespace

void add_fault_routes(Router& router, App&) {
  router.add(Method::kGet, "/sleep/{seconds}", Handler(sleep));
  router.add(Method::kPost, "/sleep/{seconds}", Handler(sleep));  // the same as work that nobody may repeat
  router.add(Method::kGet, "/prestop", Handler(pre_stop));
  router.add(Method::kGet, "/status/{code}", PlainHandler(chosen_status));
  router.add(Method::kGet, "/exception", PlainHandler(deliberate_exception));
}

}  // namespace monolith
