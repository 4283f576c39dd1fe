#include "cluster/rehearsal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "cluster/services.h"
#include "host/process.h"
#include "host/unique_fd.h"
#include "kube/client.h"
#include "rehearsal/node/node_object.h"

namespace zdt::cluster {

using host::start_time_of;

namespace {

/// Waits until the process behind `pid_fd`, which it takes, has ended.
Task<Result<void>> readable(int pid_fd) {
  asio::posix::stream_descriptor watched(co_await asio::this_coro::executor, pid_fd);
  co_await watched.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  co_return Result<void>();
}

/// Waits until the process has ended, at most `limit`.
Task<Result<void>> ended(int pid, milliseconds limit) {
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pid_fd < 0) co_return Result<void>();  // it has ended by itself
  Error slow{Code::kTimeout, "the server did not stop", ""};
  co_return co_await with_deadline(readable(pid_fd), limit, slow);
}

Task<Result<void>> stop_process(int pid) {
  kill(pid, SIGTERM);
  auto done = co_await ended(pid, milliseconds(10'000));
  if (done) co_return done;
  kill(pid, SIGKILL);
  co_return co_await ended(pid, milliseconds(10'000));
}

}  // namespace

Rehearsal::Rehearsal(host::Host& host, RehearsalOptions options)
    : host_(host), options_(options), folder_(host.state / "rehearsal") {}

bool Rehearsal::has(std::string_view capability) const {
  return capability == "create" || capability == "inside" || capability == "operators";
}

int Rehearsal::node_count() const { return static_cast<int>(rehearsal::kind_nodes().size()); }

RehearsalState Rehearsal::state() const {
  RehearsalState state;
  state.folder_exists = host::fs::exists(folder_);
  auto text = host::read_file(folder_ / "server.json");
  if (!text) return state;
  auto server = parse_json(*text, "server.json");
  if (!server) return state;
  state.pid = static_cast<int>(int_at(*server, {"pid"}));
  const std::string started = start_time_of(state.pid);
  state.running = !started.empty() && started == string_at(*server, {"start_time"});
  auto ready_text = host::read_file(folder_ / "ready.json");
  if (!ready_text) return state;
  auto ready = parse_json(*ready_text, "ready.json");
  if (!ready) return state;
  state.port = static_cast<uint16_t>(int_at(*ready, {"port"}));
  state.network = fmt::format("/proc/{}/fd/{}", state.pid, int_at(*ready, {"network_fd"}));
  return state;
}

namespace {

/// What must be there before a server is started: program, what it is for, Debian's package.
Result<void> check_tools() {
  if (geteuid() != 0) {
    return Error{Code::kEnvironment, "the rehearsal cluster needs root (namespaces, nftables)", "sudo ./zdt-demo …"};
  }
  constexpr std::array<std::array<const char*, 3>, 4> kTools{{{"crun", "runs the pods", "crun"},
                                                              {"dnsmasq", "is the cluster's DNS", "dnsmasq-base"},
                                                              {"ip", "makes the pods' network", "iproute2"},
                                                              {"nsenter", "starts them in it", "util-linux"}}};
  for (const auto& [program, purpose, package] : kTools) {
    if (!host::find_program(program).empty()) continue;
    return Error{Code::kEnvironment,
                 fmt::format("{} is not installed; in the rehearsal cluster it {}", program, purpose),
                 fmt::format("apt-get install {}", package)};
  }
  return {};
}

}  // namespace

Task<Result<void>> Rehearsal::start() {
  auto tools = check_tools();
  if (!tools) co_return tools;
  host::Command command;
  command.argv = {"/proc/self/exe", "cluster", "serve", "--folder", folder_.string(), "--port", std::to_string(options_.port),
                  "--sync-delay", fmt::format("{}ms", options_.sync_delay.count())};
  command.env = {{"ZDT_ROOT", host_.root}, {"ZDT_BUILD", host_.build}, {"ZDT_TOOLS", host_.tools}};
  command.limit = milliseconds(60'000);
  auto exit = co_await host::run(std::move(command));
  if (!exit) co_return exit.error();
  if (exit->ok()) co_return Result<void>();
  std::error_code ignored;
  host::fs::remove_all(folder_, ignored);
  co_return Error{Code::kEnvironment, "the rehearsal cluster did not start: " + trim(exit->err), ""};
}

/// Whether the server that runs answers. One that was killed closes its port some milliseconds before the last process
/// of its PID namespace has ended: until then it counts as running, so that a refused answer waits for its end.
Task<Result<bool>> Rehearsal::answers() {
  const RehearsalState now = state();
  if (!now.running) co_return false;
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto version = co_await client.version();
  if (version) co_return true;
  auto gone = co_await ended(now.pid, milliseconds(5'000));
  if (gone) co_return false;
  co_return Error{Code::kEnvironment, "the rehearsal cluster runs but does not answer: " + version.error().what,
                  "zdt-demo cluster down"};
}

Task<Result<bool>> Rehearsal::up() {
  auto there = co_await answers();
  if (!there) co_return there.error();
  std::string why;
  if (*there) why = co_await reason_to_recreate("the rehearsal cluster");
  if (*there && why.empty()) co_return false;
  if (*there) {
    say(fmt::format("removing the rehearsal cluster to make it anew ({})", why));
    auto ended = co_await down();
    if (!ended) co_return ended.error();
  }
  std::error_code ignored;
  host::fs::remove_all(folder_, ignored);  // what an earlier server left when it was killed
  auto started = co_await start();
  if (!started) co_return started.error();
  co_return true;
}

Task<Result<bool>> Rehearsal::down() {
  const RehearsalState before = state();
  if (before.running) {
    auto stopped = co_await stop_process(before.pid);
    if (!stopped) co_return stopped.error();
  }
  std::error_code failure;
  host::fs::remove_all(folder_, failure);
  if (failure) co_return Error{Code::kEnvironment, fmt::format("cannot remove {}: {}", folder_.string(), failure.message()), ""};
  co_return before.folder_exists;
}

Result<kube::Connection> Rehearsal::connection() {
  if (!state().running) {
    return Error{Code::kEnvironment, "the rehearsal cluster is not running", "zdt-demo cluster up"};
  }
  return kube::load_kubeconfig(kubeconfig(), "");
}

Task<Result<Entrance>> Rehearsal::entrance(std::string service, int port) {
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto object = co_await client.get(service_query(service));
  if (!object) co_return object.error();
  const std::string address = string_at(*object, {"spec", "clusterIP"});
  if (address.empty() || address == "None") {
    co_return Error{Code::kEnvironment, fmt::format("Service {} has no cluster address", service), ""};
  }
  co_return Entrance{fmt::format("http://{}:{}", address, port), state().network};
}

}  // namespace zdt::cluster
