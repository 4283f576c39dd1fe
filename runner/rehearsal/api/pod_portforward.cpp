// pods/portforward in the kubelet's WebSocket form, v4.channel.k8s.io: for each of ?ports= a channel of data
// and one of errors. As container runtimes do, the connection is made inside the pod's network namespace, to
// its loopback.
// https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "base/text.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/pod_access.h"

namespace zdt::rehearsal::api {
namespace {

using asio::ip::tcp;

constexpr const char* kPortProtocol = "v4.channel.k8s.io";

/// A number from 1 on for each, however they are given: ports=1&ports=2, or ports=1,2.
std::vector<uint16_t> ports_from(const ApiCall& call) {
  std::vector<uint16_t> ports;
  for (const std::string& value : call.exchange.target.values("ports")) {
    for (const std::string& text : split(value, ',')) {
      uint16_t port = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
      if (failure != std::errc() || end != text.data() + text.size() || port == 0) {
        throw bad_request(fmt::format("unable to parse \"{}\" as a port", text));
      }
      ports.push_back(port);
    }
  }
  if (ports.empty() || ports.size() > 64) throw bad_request("query parameter \"ports\" is required");
  return ports;
}

/// The streams of one WebSocket, until all ports have ended or the client goes.
class PortStreams {
 public:
  PortStreams(asio::any_io_executor executor, http::WebSocket& client, std::string pod,
              std::shared_ptr<host::NetworkNamespace> network)
      : executor_(executor),
        client_(client),
        pod_(std::move(pod)),
        network_(std::move(network)),
        changed_(executor) {}

  Task<void> run(const std::vector<uint16_t>& ports) {
    for (const uint16_t port : ports) streams_.push_back(Stream{port, tcp::socket(executor_)});
    std::vector<Task<void>> parts;
    parts.push_back(receive());
    for (size_t i = 0; i < ports.size(); ++i) parts.push_back(serve(i));
    try {
      co_await all_of(std::move(parts));
    } catch (const Over&) {
    }
  }

 private:
  /// Ends what still waits.
  struct Over : std::exception {};
  struct Stream {
    uint16_t port;
    tcp::socket socket;
    bool tried = false, ended = false;
  };

  /// One frame after another: a WebSocket takes one write at a time.
  Task<void> send(size_t channel, std::string_view content) {
    std::string message = std::string(1, static_cast<char>(channel)).append(content);
    while (sending_) co_await changed_.wait();
    sending_ = true;
    co_await client_.send(std::move(message));
    sending_ = false;
    changed_.notify_all();
  }

  Task<void> serve(size_t index) {
    Stream& stream = streams_[index];
    const std::string port{static_cast<char>(stream.port & 0xff), static_cast<char>(stream.port >> 8)};
    co_await send(2 * index, port);
    co_await send(2 * index + 1, port);
    const std::string failure = co_await connect(stream);
    stream.tried = true;
    changed_.notify_all();
    if (failure.empty()) {
      co_await pass_on(index);
    } else {
      const std::string sentence =
          fmt::format("error forwarding port {} to pod {}: {}", stream.port, pod_, failure);
      co_await send(2 * index + 1, sentence);
    }
    stream.ended = true;
    if (std::any_of(streams_.begin(), streams_.end(), [](const Stream& one) { return !one.ended; }))
      co_return;
    co_await client_.close();
    throw Over();
  }

  /// Why not, or "".
  Task<std::string> connect(Stream& stream) {
    boost::system::error_code failure;
    const tcp::endpoint where(asio::ip::address_v4::loopback(), stream.port);
    const int made = network_->make_socket(AF_INET, SOCK_STREAM, 0);
    if (made < 0) co_return "no socket could be made";
    stream.socket.assign(tcp::v4(), made, failure);
    if (!failure)
      co_await stream.socket.async_connect(where, asio::redirect_error(asio::use_awaitable, failure));
    if (!failure) co_return "";
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    co_return fmt::format("dial tcp4 127.0.0.1:{}: connect: {}", stream.port, lower(failure.message()));
  }

  Task<void> pass_on(size_t index) {
    std::array<char, 32 << 10> buffer;
    while (true) {
      boost::system::error_code failure;
      const size_t size = co_await streams_[index].socket.async_read_some(
          asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, failure));
      if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
      if (failure) co_return;
      co_await send(2 * index, std::string_view(buffer.data(), size));
    }
  }

  Task<void> receive() {
    while (true) {
      auto message = co_await client_.receive();
      if (!message) throw Over();
      const size_t channel = message->empty() ? 1 : static_cast<unsigned char>((*message)[0]);
      if (channel % 2 != 0 || channel / 2 >= streams_.size()) continue;
      Stream& stream = streams_[channel / 2];
      while (!stream.tried) co_await changed_.wait();
      boost::system::error_code gone;  // the pod's side has ended: pass_on() sees that
      co_await asio::async_write(stream.socket, asio::buffer(*message) + 1,
                                 asio::redirect_error(asio::use_awaitable, gone));
    }
  }

  asio::any_io_executor executor_;
  http::WebSocket& client_;
  std::string pod_;
  std::shared_ptr<host::NetworkNamespace> network_;
  std::vector<Stream> streams_;
  Condition changed_;
  bool sending_ = false;
};

}  // namespace

Task<void> serve_port_forward(Node& node, const Objects& objects, ApiCall& call) {
  const ObjectPtr pod = pod_of(objects, call);
  const auto offered = call.exchange.offered_protocols();
  if (!call.exchange.wants_websocket() ||
      std::find(offered.begin(), offered.end(), kPortProtocol) == offered.end()) {
    throw bad_request(
        "port-forward in the rehearsal cluster speaks v4.channel.k8s.io over WebSocket, not SPDY as kubectl "
        "does: use "
        "`zdt-demo forward`");
  }
  const std::vector<uint16_t> ports = ports_from(call);
  if (string_at(*pod, {"status", "phase"}) != "Running") {
    throw bad_request(fmt::format("unable to forward port because pod is not running. Current status={}",
                                  string_at(*pod, {"status", "phase"})));
  }
  auto path = node.network_of(call.route.ns, call.route.name);
  if (!path) throw bad_request(path.error().what);
  auto network = host::NetworkNamespace::join(*path);
  if (!network) throw Failure(500, "InternalError", network.error().what);
  auto executor = co_await asio::this_coro::executor;
  const std::unique_ptr<http::WebSocket> socket = co_await call.exchange.accept_websocket(kPortProtocol);
  PortStreams streams(executor, *socket, call.route.name, std::move(*network));
  co_await streams.run(ports);
}

}  // namespace zdt::rehearsal::api
