#include "host/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

namespace zdt::host {
namespace {

Error namespace_error(std::string_view action) {
  return {Code::kEnvironment, fmt::format("cannot {} a network namespace: {}", action, std::strerror(errno)),
          errno == EPERM ? "run as root" : ""};
}

void bring_loopback_up() {
  UniqueFd probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ioctl(probe.get(), SIOCSIFFLAGS, &request);
}

UniqueFd own_namespace() { return UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Result<void> enter_network_namespace(const std::string& path) {
  UniqueFd target(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!target || setns(target.get(), CLONE_NEWNET) != 0) return namespace_error("join");
  return {};
}

/// The thread and its queue of one-at-a-time work.
struct NetworkNamespace::Worker {
  using Setup = std::function<Result<void>()>;

  explicit Worker(const Setup& setup) {
    std::promise<Result<void>> entered;
    auto outcome = entered.get_future();
    thread = std::thread([this, &setup, &entered] {
      Result<void> result = setup();
      fd = own_namespace();
      entered.set_value(result);
      if (result) serve();
    });
    ready = outcome.get();
  }

  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      auto work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  Result<void> ready;
  UniqueFd fd;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::packaged_task<void()>> queue;
  bool stopping = false;
  std::thread thread;
};

NetworkNamespace::NetworkNamespace(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
NetworkNamespace::~NetworkNamespace() = default;

Result<std::shared_ptr<NetworkNamespace>> NetworkNamespace::join(const std::string& path) {
  auto worker = std::make_unique<Worker>([&path] { return enter_network_namespace(path); });
  if (!worker->ready) return worker->ready.error();
  return std::shared_ptr<NetworkNamespace>(new NetworkNamespace(std::move(worker)));
}

Result<std::shared_ptr<NetworkNamespace>> NetworkNamespace::create() {
  auto worker = std::make_unique<Worker>([]() -> Result<void> {
    if (unshare(CLONE_NEWNET) != 0) return namespace_error("make");
    bring_loopback_up();
    return {};
  });
  if (!worker->ready) return worker->ready.error();
  return std::shared_ptr<NetworkNamespace>(new NetworkNamespace(std::move(worker)));
}

void NetworkNamespace::run(const std::function<void()>& work) {
  std::packaged_task<void()> task(work);
  auto done = task.get_future();
  {
    const std::lock_guard lock(worker_->mutex);
    worker_->queue.push_back(std::move(task));
  }
  worker_->wake.notify_one();
  done.get();
}

int NetworkNamespace::make_socket(int family, int type, int protocol) {
  int fd = -1, reason = 0;
  run([&] {
    fd = socket(family, type | SOCK_CLOEXEC, protocol);
    reason = errno;
  });
  errno = reason;
  return fd;
}

std::string NetworkNamespace::path() const { return fmt::format("/proc/{}/fd/{}", getpid(), worker_->fd.get()); }
int NetworkNamespace::fd() const { return worker_->fd.get(); }

}  // namespace zdt::host
