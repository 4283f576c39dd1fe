// Which pod a connection to a Service really went to: the kernel that translated its address knows.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "host/unique_fd.h"

namespace zdt::load {

/// Asks conntrack (ctnetlink) of the network namespace in which it was opened; one thread at a time. A
/// connection is known there while it stands, and for at least 10 s after a reset
/// (docs.kernel.org/networking/nf_conntrack-sysctl.html, nf_conntrack_tcp_timeout_close). One that was
/// refused is forgotten at once (net/netfilter/nf_conntrack_proto_tcp.c, "If only reply is a RST"), but the
/// end of it is told.
class ConnectionTracking {
 public:
  /// Of the calling thread's namespace. Null when the kernel has no such thing, or does not let us.
  static std::unique_ptr<ConnectionTracking> open();

  /// "10.244.1.7:8080": who stands at the other end of the TCP connection from `local` to `remote`
  /// ("10.0.0.1:43210", IPv4), behind every translation. "" when that connection is not known.
  std::string endpoint_of(const std::string& local, const std::string& remote);

  /// Where somebody's connection to `remote` failed just now, "" when that is not known: the oldest attempt
  /// that was refused within 300 ms; else what was said within the last 50 ms, as a proxy lets every request
  /// fail that waits for one connection; else the oldest attempt within 1.5 s that is still not answered.
  std::string failed_at(const std::string& remote);

  /// Reads what the kernel tells; at least every 100 ms, lest it is lost.
  void listen();

 private:
  using Clock = std::chrono::steady_clock;
  struct Attempt {
    Clock::time_point at;
    std::string local, remote, endpoint;
  };
  static constexpr size_t kMostAttempts = 10'000;

  ConnectionTracking(host::UniqueFd questions, host::UniqueFd news)
      : questions_(std::move(questions)), news_(std::move(news)) {}
  template <class Fits>
  static std::string take(std::deque<Attempt>& from, Fits fits);
  bool is_unanswered(const Attempt& attempt);
  void hear(std::string_view message);

  host::UniqueFd questions_, news_;
  std::deque<Attempt> attempts_, refusals_;
  Attempt said_;  // by failed_at()
};

}  // namespace zdt::load
