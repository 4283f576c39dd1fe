// exec over WebSocket, v5.channel.k8s.io (v4 without closing stdin):
// https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
#include <charconv>

#include "base/text.h"
#include "http/websocket.h"
#include "kube/client.h"

namespace zdt::kube {
namespace {

enum Channel : char { kStdin = 0, kStdout = 1, kStderr = 2, kStatus = 3, kClose = char(255) };

int exit_code_from(const json& status) {
  if (string_at(status, {"status"}) == "Success") return 0;
  for (const json& cause : array_at(status, {"details", "causes"})) {
    if (string_at(cause, {"reason"}) != "ExitCode") continue;
    const std::string text = string_at(cause, {"message"});
    int code = 1;
    std::from_chars(text.data(), text.data() + text.size(), code);
    return code;
  }
  return -1;
}

std::string exec_path(const std::string& pod_path, const Client::ExecQuery& query) {
  std::string path = pod_path + "/exec?stdout=true&stderr=true";
  if (!query.input.empty()) path += "&stdin=true";
  if (!query.container.empty()) path += "&container=" + http::url_encode(query.container);
  for (const std::string& argument : query.argv) path += "&command=" + http::url_encode(argument);
  return path;
}

Task<void> send_input(http::WebSocket& socket, const std::string& input) {
  if (input.empty()) co_return;
  std::string message = std::string(1, kStdin) + input;
  co_await socket.send(std::move(message));
  if (socket.protocol().starts_with("v5")) {
    std::string close{kClose, kStdin};
    co_await socket.send(std::move(close));
  }
}

}  // namespace

Task<Result<host::Exit>> Client::exec(ExecQuery query) {
  auto ready = co_await ensure_authenticated();
  if (!ready) co_return ready.error();
  Query pod{.kind = "pods", .ns = query.ns, .name = query.pod};
  auto path = co_await path_of(std::move(pod));
  if (!path) co_return path.error();
  Call call{.path = exec_path(*path, query)};
  const http::Request plain = request_for(call);
  http::WebSocketRequest request{plain.url, {}, {"v5.channel.k8s.io", "v4.channel.k8s.io"}, plain.tls};
  request.headers.add("Authorization", plain.headers.get("Authorization"));
  auto socket = co_await http::connect_websocket(std::move(request));
  if (!socket) co_return with_context("exec in " + query.pod, socket.error());
  co_await send_input(**socket, query.input);

  host::Exit exit;
  exit.code = -1;
  std::string refused;
  while (true) {
    auto message = co_await (*socket)->receive();
    if (!message) break;
    if (message->empty()) continue;
    const std::string_view data = std::string_view(*message).substr(1);
    if (message->front() == kStdout) exit.out.append(data);
    if (message->front() == kStderr) exit.err.append(data);
    if (message->front() != kStatus) continue;
    auto status = parse_json(data, "exec status");
    exit.code = status ? exit_code_from(*status) : -1;
    refused = status ? string_at(*status, {"message"}) : std::string(data);
  }
  if (exit.code < 0) {
    co_return Error{Code::kFailed, fmt::format("exec in {}: {}", query.pod, refused.empty() ? "the stream ended early" : refused), ""};
  }
  co_return std::move(exit);
}

}  // namespace zdt::kube
