// libcurl's multi interface over epoll: one per worker, on the worker's thread.
#pragma once
#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"
#include "load/wire.h"

namespace zdt::load {

class CurlLoop : private ReceiveObserver {
 public:
  using Clock = std::chrono::steady_clock;

  /// At most `connections` idle connections are kept. http2  they all speak it. Fails kEnvironment.
  static Result<std::unique_ptr<CurlLoop>> make(unsigned connections, bool http2);
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  /// Starts the transfer; it sends in the next run_timers(). Ends it: a connection that is not idle is
  /// closed.
  void add(CURL* easy);
  void remove(CURL* easy);

  /// Lets libcurl do what is due: new transfers and timeouts.
  void run_timers();
  /// Waits for sockets, libcurl's next timer or wake(), at most `limit`; then serves the sockets.
  void poll(std::chrono::nanoseconds limit);
  /// Ends the poll() under way, or the next one. From any thread.
  void wake();

  struct Finished {
    CURL* easy = nullptr;
    CURLcode code = CURLE_OK;
  };
  std::optional<Finished> next_finished();

  /// Closes every connection; every handle must be gone. Only wake() may follow.
  void close() { multi_.reset(); }

  /// What libcurl must be told for every easy handle, so that the loop knows when a number stands for another
  /// socket.
  void own_sockets(CURL* easy);
  /// To be called by the opener of a socket that own_sockets() watches over. Returns a number that tells this socket from
  /// later ones of the same number.
  uint64_t opened(curl_socket_t socket);
  /// The local end ("10.0.0.1:43210", IPv4 only) of one of the last 4,096 sockets, open or not; else "".
  std::string local_end(uint64_t serial) const;
  /// The connection that received last; null before any did. Asked in a callback of libcurl for what was received, it is
  /// that answer's own.
  const std::shared_ptr<Wire>& receiving() const { return receiving_; }

 private:
  /// wanted: epoll events that libcurl asks for. armed: those that epoll knows. ours: closing it will be
  /// told. serial: see opened(). wire: null unless ours.
  struct SocketState {
    uint32_t wanted = 0, armed = 0;
    bool ours = false;
    uint64_t serial = 0;
    std::shared_ptr<Wire> wire;
  };
  /// In network order. Noted while it connects, as libcurl closes a socket that did not get there in time without
  /// telling, or when it is closed.
  struct LocalEnd {
    uint64_t serial = 0;
    uint32_t address = 0;
    uint16_t port = 0;
  };
  static constexpr size_t kRemembered = 4'096;
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  explicit CurlLoop(bool http2) : http2_(http2) {}
  void on_receive(int socket, const char* bytes, ssize_t count) override;
  void act(curl_socket_t socket, int action);
  static int on_socket(CURL*, curl_socket_t socket, int what, void* loop, void*);
  static int on_timer(CURLM*, long limit_ms, void* loop);
  static int on_close(void* loop, curl_socket_t socket);
  SocketState& state_of(curl_socket_t socket);
  void note_end(curl_socket_t socket, uint64_t serial);
  void arm(curl_socket_t socket, uint32_t events);
  void serve(curl_socket_t socket, uint32_t events);
  std::chrono::nanoseconds until_timer() const;

  const bool http2_;
  std::shared_ptr<Wire> receiving_;
  uint64_t serial_ = 0;
  std::array<LocalEnd, kRemembered> ends_{};  // at serial % kRemembered
  std::vector<SocketState> sockets_;  // by number; closed last, as closing the multi reports its sockets
  host::UniqueFd epoll_, wake_;
  std::optional<Clock::time_point> timer_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
};

}  // namespace zdt::load
