#include <deque>

#include "rehearsal/api/failure.h"
#include "rehearsal/api/pod_access.h"

namespace zdt::rehearsal::api {
namespace {

/// Which streams the client wants.
struct Streams {
  bool input = false, output = false, error = false;
};

/// Frames on their way to the client; the command's end is the last thing that happens to it.
class Session {
 public:
  Session(asio::any_io_executor executor, http::WebSocket& socket, Streams streams)
      : socket_(socket), streams_(streams), changed_(executor) {}

  /// Returns when there is room for more: the command waits for a client that does not read.
  Task<void> add_output(host::Stream stream, std::string content) {
    const bool error = stream == host::Stream::kErr;
    if (error ? !streams_.error : !streams_.output) co_return;
    while (queued_ > kMostQueued) co_await changed_.wait();
    queued_ += content.size();
    queue_.push_back(frame(error ? Channel::kError : Channel::kOutput, content));
    changed_.notify_all();
  }

  /// Serves the command until it ends or the client goes; closes the socket.
  Task<void> run(ExecSession& command) {
    // The first, empty frame tells the client that the command runs (StreamTranslatorHandler does so, too).
    queue_.push_front(frame(streams_.output ? Channel::kOutput : Channel::kStatus, ""));
    std::vector<Task<void>> parts;
    parts.push_back(await_end(command));
    parts.push_back(receive(command));
    parts.push_back(write_frames());
    try {
      co_await all_of(std::move(parts));
    } catch (const Finished&) {
    }
  }

 private:
  /// Ends the parts that still wait.
  struct Finished : std::exception {};

  Task<void> await_end(ExecSession& command) {
    const int code = co_await command.wait();
    code_ = code;
    changed_.notify_all();
  }

  Task<void> receive(ExecSession& command) {
    if (!streams_.input) command.close_input();
    while (true) {
      auto message = co_await socket_.receive();
      if (!message) break;
      if (message->empty()) continue;
      const auto channel = static_cast<Channel>((*message)[0]);
      if (channel == Channel::kInput && streams_.input && message->size() > 1) {
        co_await command.write_input(message->substr(1));
      }
      const bool closes_input = channel == Channel::kClose && message->size() > 1 && (*message)[1] == 0;
      if (closes_input && streams_.input) command.close_input();
    }
    gone_ = true;
    changed_.notify_all();
  }

  Task<void> write_frames() {
    while (!gone_) {
      if (!queue_.empty()) {
        std::string message = std::move(queue_.front());
        queue_.pop_front();
        const size_t size = message.size() - 1;
        co_await socket_.send(std::move(message));
        queued_ -= size;
        changed_.notify_all();
      } else if (code_) {
        co_await socket_.send(frame(Channel::kStatus, exit_status(*code_).dump()));
        co_await socket_.close();
        break;
      } else {
        co_await changed_.wait();
      }
    }
    throw Finished();
  }

  http::WebSocket& socket_;
  Streams streams_;
  Condition changed_;
  static constexpr size_t kMostQueued = 64 << 10;
  std::deque<std::string> queue_;
  size_t queued_ = 0;  // bytes of output in it, or on their way
  std::optional<int> code_;
  bool gone_ = false;
};

Streams streams_of(const ApiCall& call) {
  return {call.flag("stdin"), call.flag("stdout"), call.flag("stderr")};
}

}  // namespace

Task<void> serve_exec(Node& node, const Objects& objects, ApiCall& call) {
  const ObjectPtr pod = pod_of(objects, call);
  const std::string container =
      call.query("container").empty() ? "" : container_of(*pod, call.query("container"));
  const auto argv = call.exchange.target.values("command");
  if (argv.empty()) throw bad_request("you must specify at least one command for the container");
  const std::string protocol = chosen_protocol(call.exchange.offered_protocols());
  if (!call.exchange.wants_websocket() || protocol.empty()) {
    throw bad_request(
        "exec in the rehearsal cluster speaks v4 and v5.channel.k8s.io over WebSocket, not SPDY: use kubectl "
        "1.31 or newer");
  }
  auto executor = co_await asio::this_coro::executor;
  const std::unique_ptr<http::WebSocket> socket = co_await call.exchange.accept_websocket(protocol);
  Session session(executor, *socket, streams_of(call));
  auto started = node.exec(
      call.route.ns, call.route.name, container, argv,
      [&session](host::Stream stream, std::string content) { return session.add_output(stream, std::move(content)); });
  if (started) {
    const std::unique_ptr<ExecSession> command = std::move(*started);
    co_await session.run(*command);
  } else {
    const Failure failure = bad_request(started.error().what);
    co_await socket->send(frame(Channel::kStatus, failure.status().dump()));
    co_await socket->close();
  }
}

}  // namespace zdt::rehearsal::api
