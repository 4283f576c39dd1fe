#include "load/curl_loop.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace zdt::load {
namespace {

/// epoll_wait with nanoseconds; kernels before 5.11 round up to milliseconds.
int wait_for_events(int epoll, epoll_event* events, int most, std::chrono::nanoseconds limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timespec time{seconds.count(), (limit - seconds).count()};
  const int count = epoll_pwait2(epoll, events, most, &time, nullptr);
  if (count >= 0 || errno != ENOSYS) return count;
  return epoll_wait(epoll, events, most,
                    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
}

/// EPOLLERR and EPOLLHUP mean that a read or a write will tell more; libcurl's own poll takes them so (Curl_poll in
/// lib/select.c). tcp_poll() may report them alone, when an RST comes while it looks: libcurl would then give up
/// ("select/poll returned error") without asking the socket for its errno.
int action_of(uint32_t events, uint32_t wanted) {
  int action = 0;
  if (events & (EPOLLERR | EPOLLHUP)) {
    action |= CURL_CSELECT_ERR;
    events |= wanted;
  }
  if (events & EPOLLIN) action |= CURL_CSELECT_IN;
  if (events & EPOLLOUT) action |= CURL_CSELECT_OUT;
  return action;
}

uint32_t events_of(int what) {
  uint32_t events = 0;
  if (what & CURL_POLL_IN) events |= EPOLLIN;
  if (what & CURL_POLL_OUT) events |= EPOLLOUT;
  return events;
}

}  // namespace

Result<std::unique_ptr<CurlLoop>> CurlLoop::make(unsigned connections, bool http2) {
  std::unique_ptr<CurlLoop> loop(new CurlLoop(http2));
  loop->epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  loop->wake_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  loop->multi_.reset(curl_multi_init());
  if (!loop->epoll_ || !loop->wake_ || !loop->multi_) {
    return Error{Code::kEnvironment, fmt::format("cannot start a load worker: {}", std::strerror(errno)), ""};
  }
  loop->arm(loop->wake_.get(), EPOLLIN);
  CURLM* multi = loop->multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop.get());
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop.get());
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  return loop;
}

void CurlLoop::own_sockets(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void CurlLoop::add(CURL* easy) { curl_multi_add_handle(multi_.get(), easy); }

void CurlLoop::remove(CURL* easy) { curl_multi_remove_handle(multi_.get(), easy); }

void CurlLoop::run_timers() {
  if (!timer_ || *timer_ > Clock::now()) return;
  timer_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlLoop::act(curl_socket_t socket, int action) {
  const ReceiveScope scope(*this);
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, action, &running);
}

void CurlLoop::on_receive(int socket, const char* bytes, ssize_t count) {
  const auto index = static_cast<size_t>(socket);
  if (index >= sockets_.size() || !sockets_[index].wire) return;  // a resolver's
  if (receiving_ != sockets_[index].wire) receiving_ = sockets_[index].wire;
  receiving_->received(bytes, count, http2_);
}

void CurlLoop::poll(std::chrono::nanoseconds limit) {
  std::array<epoll_event, 256> events;
  const auto wait = std::max(std::chrono::nanoseconds(0), std::min(limit, until_timer()));
  const int count = wait_for_events(epoll_.get(), events.data(), events.size(), wait);
  for (int i = 0; i < count; ++i)
    serve(events[static_cast<size_t>(i)].data.fd, events[static_cast<size_t>(i)].events);
}

void CurlLoop::wake() { eventfd_write(wake_.get(), 1); }

std::optional<CurlLoop::Finished> CurlLoop::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) return Finished{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

std::chrono::nanoseconds CurlLoop::until_timer() const {
  return timer_ ? *timer_ - Clock::now() : std::chrono::nanoseconds::max();
}

CurlLoop::SocketState& CurlLoop::state_of(curl_socket_t socket) {
  const auto index = static_cast<size_t>(socket);
  if (index >= sockets_.size()) sockets_.resize(index + 64);
  return sockets_[index];
}

uint64_t CurlLoop::opened(curl_socket_t socket) {
  SocketState& state = state_of(socket);
  state = {};
  state.ours = true;
  state.wire = std::make_shared<Wire>();
  return state.serial = ++serial_;
}

namespace {

/// False when it is not an IPv4 socket with an address.
bool local_address(curl_socket_t socket, sockaddr_in& address) {
  socklen_t size = sizeof address;
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.sin_family == AF_INET;
}

}  // namespace

void CurlLoop::note_end(curl_socket_t socket, uint64_t serial) {
  LocalEnd& end = ends_[serial % kRemembered];
  sockaddr_in address{};
  if (serial == 0 || end.serial == serial || !local_address(socket, address)) return;
  end = {serial, address.sin_addr.s_addr, address.sin_port};
}

int CurlLoop::on_close(void* self, curl_socket_t socket) {
  auto& loop = *static_cast<CurlLoop*>(self);
  SocketState& state = loop.state_of(socket);
  loop.note_end(socket, state.serial);
  state = {};
  return ::close(socket);
}

std::string CurlLoop::local_end(uint64_t serial) const {
  const LocalEnd& end = ends_[serial % kRemembered];
  if (serial == 0 || end.serial != serial || end.port == 0) return "";
  char text[INET_ADDRSTRLEN] = "";
  const in_addr address{end.address};
  inet_ntop(AF_INET, &address, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(end.port));
}

/// An idle connection stays armed: libcurl forgets and asks again for its socket with every request, and two
/// system calls a request would go into that.
int CurlLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& loop = *static_cast<CurlLoop*>(self);
  SocketState& state = loop.state_of(socket);
  if (state.ours && what != CURL_POLL_REMOVE) loop.note_end(socket, state.serial);
  state.wanted = what == CURL_POLL_REMOVE ? 0 : events_of(what);
  if (state.wanted == 0 && state.ours && state.armed == EPOLLIN) return 0;
  if (state.wanted != state.armed) loop.arm(socket, state.wanted);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long limit_ms, void* self) {
  auto& timer = static_cast<CurlLoop*>(self)->timer_;
  if (limit_ms < 0) {
    timer.reset();
  } else if (limit_ms == 0) {
    timer = Clock::time_point();  // long past: with every request, so the clock is not asked
  } else {
    timer = Clock::now() + std::chrono::milliseconds(limit_ms);
  }
  return 0;
}

void CurlLoop::arm(curl_socket_t socket, uint32_t events) {
  SocketState& state = state_of(socket);
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  const int change = events == 0 ? EPOLL_CTL_DEL : (state.armed == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
  if (epoll_ctl(epoll_.get(), change, socket, &event) != 0 && errno == ENOENT && events != 0) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);  // a resolver's socket, closed and made anew
  }
  state.armed = events;
}

void CurlLoop::serve(curl_socket_t socket, uint32_t events) {
  if (socket == wake_.get()) {
    eventfd_t count = 0;
    eventfd_read(socket, &count);
    return;
  }
  const uint32_t wanted = state_of(socket).wanted;
  if (wanted == 0) {
    if (state_of(socket).armed != 0) arm(socket, 0);  // an idle connection's end; libcurl looks before it uses it again
    return;
  }
  act(socket, action_of(events, wanted));
}

}  // namespace zdt::load
