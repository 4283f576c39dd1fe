#include "app.h"

#include <utility>

#include "log.h"

namespace monolith {
namespace {

Response internal_error(const Request& request, const char* what) {
  log_line("error: " + std::string(method_name(request.method)) + " " + request.target + ": " + what);
  return error_response(500, what);
}

}  // namespace

App::App(Config settings) : config(std::move(settings)) {
  add_page_routes(router_, *this);
  add_fault_routes(router_, *this);
  add_resource_routes(router_, *this);
}

boost::asio::awaitable<Response> App::answer(Request& request) {
  Response response;
  try {
    const Handler& handler = router_.find(request);
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
