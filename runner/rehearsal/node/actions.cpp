#include "rehearsal/node/actions.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <charconv>

#include "base/text.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

uint16_t port_number(const json& container, const json& port) {
  if (port.is_number()) return port_at({{"port", port}}, {"port"}).value_or(0);
  if (!port.is_string()) return 0;
  const std::string name = port.get<std::string>();
  for (const json& known : array_at(container, {"ports"})) {
    if (string_at(known, {"name"}) == name) return port_at(known, {"containerPort"}).value_or(0);
  }
  uint16_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

namespace {

Result<uint16_t> action_port(const json& action, const ActionTarget& target) {
  const uint16_t port = port_number(target.spec, at(action, {"port"}));
  if (port != 0) return port;
  return Error{Code::kInvalid, "couldn't find port: " + at(action, {"port"}).dump(), ""};
}

Task<Result<void>> connect_socket(asio::ip::tcp::socket& socket, asio::ip::tcp::endpoint endpoint) {
  boost::system::error_code failure;
  co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
  if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
  if (failure) {
    co_return Error{Code::kEnvironment,
                    fmt::format("dial tcp {}:{}: connect: {}", endpoint.address().to_string(),
                                endpoint.port(), lower(failure.message())),
                    ""};
  }
  co_return Result<void>();
}

}  // namespace

Result<std::string> action_url(const json& action, const ActionTarget& target) {
  const auto port = action_port(action, target);
  if (!port) return port.error();
  std::string path = string_at(action, {"path"}, "/");
  if (!path.starts_with('/')) path.insert(0, "/");
  return fmt::format("{}://{}:{}{}", lower(string_at(action, {"scheme"}, "HTTP")),
                     string_at(action, {"host"}, target.pod_ip), *port, path);
}

Task<Result<void>> run_command(NodeContext& node, json exec, ActionTarget target, milliseconds limit) {
  std::vector<std::string> argv;
  for (const json& word : array_at(exec, {"command"})) {
    if (!word.is_string()) co_return Error{Code::kInvalid, "a word of the command is no string", ""};
    argv.push_back(word.get<std::string>());
  }
  if (argv.empty()) co_return Error{Code::kInvalid, "exec without a command", ""};
  const std::string shown = join(argv, " ");
  auto exit = co_await node.crun.run(target.id, target.process, std::move(argv), limit);
  if (!exit) co_return exit.error();
  if (!exit->ok()) {
    co_return Error{
        Code::kFailed,
        fmt::format("command '{}' exited with {}: {}", shown, exit->code, trim(exit->out + exit->err)), ""};
  }
  co_return Result<void>();
}

Task<Result<http::Response>> send_request(NodeContext& node, json action, ActionTarget target,
                                          milliseconds limit) {
  auto url = action_url(action, target);
  if (!url) co_return url.error();
  http::Request request;
  request.url = std::move(*url);
  request.headers.add("User-Agent", "kube-probe/1.33");
  request.headers.add("Connection", "close");
  for (const json& header : array_at(action, {"httpHeaders"})) {
    request.headers.add(string_at(header, {"name"}), string_at(header, {"value"}));
  }
  request.tls.insecure = true;
  request.limit = request.connect_limit = limit;
  request.network = node.network->cluster();
  auto response = co_await node.http.send(std::move(request));
  co_return response;
}

Task<Result<void>> connect(NodeContext& node, json action, ActionTarget target, milliseconds limit) {
  const auto port = action_port(action, target);
  if (!port) co_return port.error();
  const std::string host = string_at(action, {"host"}, target.pod_ip);
  boost::system::error_code malformed;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address_v4(host, malformed), *port);
  if (malformed) co_return Error{Code::kInvalid, fmt::format("\"{}\" is not an IPv4 address", host), ""};
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  host::UniqueFd made(node.network->cluster()->make_socket(AF_INET, SOCK_STREAM, 0));
  if (!made) co_return Error{Code::kEnvironment, "cannot make a socket in the cluster's network", ""};
  socket.assign(asio::ip::tcp::v4(), made.release());
  Error late{Code::kTimeout, fmt::format("dial tcp {}:{}: i/o timeout", host, *port), ""};
  auto connected = co_await with_deadline(connect_socket(socket, endpoint), limit, std::move(late));
  co_return connected;
}

namespace {

// Braced lists in a coroutine are more than GCC 12 can take.
int64_t seconds_of_sleep(const json& handler) { return std::max<int64_t>(int32_at(handler, {"sleep", "seconds"}), 0); }

}  // namespace

Task<Result<void>> run_hook(NodeContext& node, json handler, ActionTarget target) {
  const milliseconds no_limit{0};
  if (handler.contains("exec")) {
    json exec = handler["exec"];
    auto done = co_await run_command(node, std::move(exec), std::move(target), no_limit);
    co_return done;
  }
  if (handler.contains("httpGet")) {
    json request = handler["httpGet"];
    auto response = co_await send_request(node, std::move(request), std::move(target), no_limit);
    if (!response) co_return response.error();
    co_return Result<void>();
  }
  if (handler.contains("sleep")) {
    const std::chrono::seconds pause(seconds_of_sleep(handler));
    co_await sleep_for(pause);
    co_return Result<void>();
  }
  co_return Error{Code::kInvalid, "invalid handler: " + handler.dump(), ""};
}

}  // namespace zdt::rehearsal
