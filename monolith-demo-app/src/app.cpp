#include "app.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "log.h"

namespace monolith {
namespace {

Response internal_error(const Request& request, const char* what) {
  log_line("error: " + std::string(method_name(request.method)) + " " + request.target + ": " + what);
  return error_response(500, what);
}

/// Whether a cold process is slow with it. Probes and scrapes touch nothing that would have to be warm.
bool does_work(const Request& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  return path != "/health" && path != "/metrics" && path != "/metadata" && path != "/prestop";
}

}  // namespace

App::App(Config settings) 
    : config(std::move(settings)),
      slots_(config.slots),
      cold_start_(config.cold_requests, config.cold_delay) {
  add_page_routes(router_, *this);
  add_fault_routes(router_, *this);
  add_resource_routes(router_, *this);
  add_upstream_routes(router_, *this);
}

/// A server that opens its port before it is able to work: who asks early waits for the rest of the warm-up.
boost::asio::awaitable<void> App::until_warm() const {
  const auto warm = lifecycle.opened() + config.warm_up;
  if (config.warm_up.count() == 0 || warm <= std::chrono::steady_clock::now()) co_return;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, warm);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

boost::asio::awaitable<Response> App::answer(Request& request) {
  co_await until_warm();
  if (faults.strikes(request.target, Faults::Clock::now())) co_return error_response(503, "deliberate fault");
  Response response;
  const Slots::Turn turn = co_await slots_.enter();
  try {
    const Handler& handler = router_.find(request);
    if (does_work(request)) co_await cold_start_.wait();
    response = co_await handler(request);
  } catch (const NotAllowed& refusal) {
    response = error_response(refusal.status(), refusal.what());
    response.headers.emplace_back("Allow", refusal.allow());
  } catch (const RequestError& refusal) {
    response = error_response(refusal.status(), refusal.what());
  } catch (const std::exception& error) {
    response = internal_error(request, error.what());
  }
  co_return response;
}

}  // namespace monolith
