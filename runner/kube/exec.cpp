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

Task<void> send_all(http::WebSocket& socket, std::string input) {
  if (input.empty()) co_return;
  constexpr size_t kPiece = 32 << 10;
  for (size_t start = 0; start < input.size(); start += kPiece) {
    std::string message = std::string(1, kStdin) + input.substr(start, kPiece);
    co_await socket.send(std::move(message));
  }
  if (!socket.protocol().starts_with("v5")) co_return;
  std::string close{kClose, kStdin};
  co_await socket.send(std::move(close));
}

/// What a command that has ended no longer reads is dropped. A closed WebSocket says "canceled", as a cancelled task does.
Task<void> send_input(http::WebSocket& socket, std::string input) {
  bool cancelled = false;
  try {
    co_await send_all(socket, std::move(input));
  } catch (const boost::system::system_error& gone) {
    cancelled = is_cancellation(gone);
  }
  if (!cancelled) co_return;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(asio::error::operation_aborted);
}

/// What the peer said; exit.code -1 when there was no exit code, and `refused` then says why.
struct Heard {
  host::Exit exit{.code = -1};
  std::string refused = "the stream ended early";
};

constexpr size_t kMostHeard = 64 << 20;

Task<void> receive_all(http::WebSocket& socket, Heard& heard) {
  while (true) {
    auto message = co_await socket.receive();
    if (!message) co_return;
    if (message->empty()) continue;
    const std::string_view data = std::string_view(*message).substr(1);
    if (heard.exit.out.size() + heard.exit.err.size() + data.size() > kMostHeard) {
      heard.refused = fmt::format("the command said more than {} bytes", kMostHeard);
      co_return;
    }
    if (message->front() == kStdout) heard.exit.out.append(data);
    if (message->front() == kStderr) heard.exit.err.append(data);
    if (message->front() != kStatus) continue;
    auto status = parse_json(data, "exec status");
    heard.exit.code = status ? exit_code_from(*status) : -1;
    heard.refused = status ? string_at(*status, {"message"}, "it failed") : std::string(data);
  }
}

}  // namespace

Task<Result<host::Exit>> Client::exec(ExecQuery query) {
  auto ready = co_await ensure_authenticated();
  if (!ready) co_return ready.error();
  Query pod{.kind = "pods", .ns = query.ns, .name = query.pod};
  auto exists = co_await get(pod);  // a refused WebSocket says less than the API does
  if (!exists) co_return exists.error();
  auto path = co_await path_of(std::move(pod));
  if (!path) co_return path.error();
  Call call{.path = exec_path(*path, query)};
  if (connection_.instead) {
    auto planned = co_await this->call(std::move(call));
    if (!planned) co_return planned.error();
    co_return host::Exit{};
  }
  const http::Request plain = request_for(call);
  http::WebSocketRequest request{plain.url, {}, {"v5.channel.k8s.io", "v4.channel.k8s.io"}, plain.tls};
  const std::string authorization = plain.headers.get("Authorization");
  if (!authorization.empty()) request.headers.add("Authorization", authorization);
  auto socket = co_await http::connect_websocket(std::move(request));
  if (!socket) co_return with_context("exec in " + query.pod, socket.error());

  Heard heard;
  std::vector<Task<void>> both;  // at once: neither side need read all before it writes
  both.push_back(send_input(**socket, query.input));
  both.push_back(receive_all(**socket, heard));
  co_await all_of(std::move(both));
  if (heard.exit.code < 0) {
    co_return Error{Code::kFailed, fmt::format("exec in {}: {}", query.pod, heard.refused), ""};
  }
  co_return std::move(heard.exit);
}

}  // namespace zdt::kube
