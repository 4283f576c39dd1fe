// Work inside another network namespace. A socket belongs to the namespace of the thread that made it and keeps working
// from every other thread, so one thread that has joined the namespace can make sockets for the whole program.
#pragma once
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "base/error.h"
#include "host/unique_fd.h"

namespace zdt::host {

/// A thread that lives in a network namespace.
class NetworkNamespace {
 public:
  /// Joins the namespace at `path` (/proc/PID/ns/net or an fd's /proc/PID/fd/N). Fails kEnvironment.
  static Result<std::shared_ptr<NetworkNamespace>> join(const std::string& path);
  /// Makes a new, empty one, with its loopback up. Fails kEnvironment.
  static Result<std::shared_ptr<NetworkNamespace>> create();
  ~NetworkNamespace();

  /// Runs `work` in the namespace and waits for it. `work` must be short: callers on the loop wait with it.
  void run(const std::function<void()>& work);

  /// socket(2) in the namespace, close-on-exec; -1 with errno on failure.
  int make_socket(int family, int type, int protocol);

  /// The namespace itself, to hand to children: "/proc/<our pid>/fd/<n>".
  std::string path() const;
  int fd() const;

 private:
  struct Worker;
  explicit NetworkNamespace(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

/// Moves the calling thread into the namespace at `path` for good. Fails kEnvironment.
Result<void> enter_network_namespace(const std::string& path);

}  // namespace zdt::host
