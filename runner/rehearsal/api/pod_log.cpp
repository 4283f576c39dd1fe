#include "rehearsal/api/failure.h"
#include "rehearsal/api/pod_access.h"

namespace zdt::rehearsal::api {

Task<void> serve_log(Node& node, const Objects& objects, ApiCall& call) {
  if (call.exchange.method != "GET") throw method_not_allowed();
  const ObjectPtr pod = pod_of(objects, call);
  const std::string container = container_of(*pod, call.query("container"));
  const LogOptions options = log_options_from(call, std::chrono::system_clock::now());
  auto reader = node.logs(call.route.ns, call.route.name, container, options);
  if (!reader && reader.error().code == Code::kNotFound) throw Failure(404, "NotFound", reader.error().what);
  if (!reader) throw bad_request(reader.error().what);
  const std::unique_ptr<LogReader> lines = std::move(*reader);
  co_await call.exchange.begin_stream(200, "text/plain");
  while (true) {
    auto text = co_await lines->next();
    if (!text) break;
    co_await call.exchange.write(std::move(*text));
  }
  co_await call.exchange.end_stream();
}

}  // namespace zdt::rehearsal::api
