#include "http/client.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "http/transfer.h"

namespace zdt::http {

using asio::posix::stream_descriptor;

/// libcurl's multi handle, fed by the loop: it says which sockets to watch and when to call it again.
struct Client::Engine : std::enable_shared_from_this<Engine> {
  explicit Engine(asio::any_io_executor e) : executor(e), multi(curl_multi_init()), timer(e) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  }
  ~Engine() {
    curl_multi_cleanup(multi);
    for (auto& [fd, watch] : watches) watch->descriptor.release();
  }

  /// Interest in one socket. The descriptor is curl's: it is released, never closed, here.
  struct Watch {
    explicit Watch(const asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
    stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false, writing = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& engine = *static_cast<Engine*>(user);
    if (what == CURL_POLL_REMOVE) {
      engine.forget(fd);
      return 0;
    }
    auto& watch = engine.watches[fd];
    if (!watch) watch = std::make_shared<Watch>(engine.executor, fd);
    watch->wanted = what;
    engine.arm(fd, watch);
    return 0;
  }

  static int on_timer(CURLM*, long ms, void* user) {
    auto& engine = *static_cast<Engine*>(user);
    if (ms < 0) {
      engine.timer.cancel();
      return 0;
    }
    engine.timer.expires_after(milliseconds(ms));
    engine.timer.async_wait([weak = engine.weak_from_this()](const boost::system::error_code& failure) {
      auto self = weak.lock();
      if (!failure && self) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void forget(int fd) {
    auto found = watches.find(fd);
    if (found == watches.end()) return;
    found->second->wanted = 0;
    found->second->descriptor.release();
    watches.erase(found);
  }

  void arm(int fd, const std::shared_ptr<Watch>& watch) {
    if ((watch->wanted & CURL_POLL_IN) && !watch->reading) {
      arm_one(fd, watch, stream_descriptor::wait_read, CURL_CSELECT_IN, &Watch::reading);
    }
    if ((watch->wanted & CURL_POLL_OUT) && !watch->writing) {
      arm_one(fd, watch, stream_descriptor::wait_write, CURL_CSELECT_OUT, &Watch::writing);
    }
  }

  void arm_one(int fd, const std::shared_ptr<Watch>& watch, stream_descriptor::wait_type kind, int event,
               bool Watch::*armed) {
    (*watch).*armed = true;
    watch->descriptor.async_wait(kind, [=, weak = weak_from_this()](const boost::system::error_code& failure) {
      (*watch).*armed = false;
      auto self = weak.lock();
      if (failure || !self || watch->wanted == 0) return;
      self->act(fd, event);
      if (watch->wanted != 0) self->arm(fd, watch);
    });
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi, fd, events, &running);
    collect();
  }

  /// Soon: not from within a callback of libcurl. `handle` points to null when the exchange has ended meanwhile.
  void go_on(const std::shared_ptr<CURL*>& handle) {
    asio::post(executor, [self = shared_from_this(), handle] {
      if (*handle == nullptr) return;
      curl_easy_pause(*handle, CURLPAUSE_CONT);
      self->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      transfer->result = message->data.result;
      transfer->done = true;
      transfer->ended.notify_all();
    }
  }

  asio::any_io_executor executor;
  CURLM* multi;
  asio::steady_timer timer;
  std::map<int, std::shared_ptr<Watch>> watches;
};

namespace {

/// Adds the handle to the multi handle, and takes it out again however the exchange ends.
class Attached {
 public:
  Attached(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) { curl_multi_add_handle(multi_, easy_); }
  ~Attached() { curl_multi_remove_handle(multi_, easy_); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  CURLM* multi_;
  CURL* easy_;
};

/// The handle is not to be used any more by whoever still knows it.
class Forgotten {
 public:
  explicit Forgotten(std::shared_ptr<CURL*> handle) : handle_(std::move(handle)) {}
  ~Forgotten() { *handle_ = nullptr; }
  Forgotten(const Forgotten&) = delete;
  Forgotten& operator=(const Forgotten&) = delete;

 private:
  std::shared_ptr<CURL*> handle_;
};

}  // namespace

Task<std::optional<std::string>> BodyPipe::next() {
  while (pieces_.empty() && !ended_) co_await changed_.wait();
  if (pieces_.empty()) co_return std::nullopt;
  std::string piece = std::move(pieces_.front());
  pieces_.pop_front();
  waiting_ -= piece.size();
  if (waiting_ <= kMostWaiting / 2 && std::exchange(stands_still_, false) && go_on_) go_on_();
  co_return piece;
}

bool BodyPipe::offer(std::string_view piece) {
  if (waiting_ >= kMostWaiting) {
    stands_still_ = true;
    return false;
  }
  pieces_.emplace_back(piece);
  waiting_ += piece.size();
  changed_.notify_all();
  return true;
}

void BodyPipe::end() {
  ended_ = true;
  go_on_ = {};
  changed_.notify_all();
}

Client::Client(asio::any_io_executor executor) : engine_(std::make_shared<Engine>(executor)) {}
Client::~Client() = default;

Task<Result<Response>> Client::send(Request request) {
  auto engine = engine_;
  // A callback of another exchange may have started this one, and libcurl takes no new handle from below a callback.
  co_await asio::post(engine->executor, asio::use_awaitable);
  Transfer transfer(engine->executor, std::move(request));
  Lists lists;
  const Easy easy(curl_easy_init());
  BodySink sink{easy.get(), &transfer};
  set_options(easy.get(), transfer, sink, lists);
  const BodyPipe::End pipe_end(transfer.request.pipe);
  {
    const Attached attached(engine->multi, easy.get());
    const auto handle = std::make_shared<CURL*>(easy.get());
    const Forgotten forgotten(handle);
    if (transfer.request.pipe) transfer.request.pipe->go_on_ = [engine, handle] { engine->go_on(handle); };
    while (!transfer.done) co_await transfer.ended.wait();
  }
  if (transfer.callback_failure) std::rethrow_exception(transfer.callback_failure);
  if (transfer.result != CURLE_OK && !transfer.stopped_by_reader) co_return error_from(transfer);
  give_headers(easy.get(), transfer);
  curl_off_t total = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_TOTAL_TIME_T, &total);
  transfer.response.total = std::chrono::microseconds(total);
  co_return std::move(transfer.response);
}

}  // namespace zdt::http
