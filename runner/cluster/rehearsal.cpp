#include "cluster/rehearsal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/json.h"
#include "base/text.h"
#include "cluster/services.h"
#include "host/identity.h"
#include "host/process.h"
#include "host/unique_fd.h"
#include "kube/client.h"
#include "rehearsal/node/device_guard.h"
#include "rehearsal/node/node_object.h"

namespace zdt::cluster {
namespace {

/// Longer than a start or an end of a cluster takes: whoever has the turn for longer hangs.
constexpr milliseconds kTurnLimit{120'000};
/// How often a start is tried where a server whose starter has ended gets in between.
constexpr int kStarts = 3;

/// Waits until the process behind `pid_fd`, which it takes, has ended.
Task<Result<void>> readable(int pid_fd) {
  asio::posix::stream_descriptor watched(co_await asio::this_coro::executor, pid_fd);
  co_await watched.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  co_return Result<void>();
}

host::UniqueFd open_process(int pid) { return host::UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

/// Waits until the process has ended, at most `limit`.
Task<Result<void>> ended(const host::UniqueFd& process, milliseconds limit) {
  if (!process) co_return Result<void>();  // it has ended by itself
  Error slow{Code::kTimeout, "the server did not stop", ""};
  co_return co_await with_deadline(readable(fcntl(process.get(), F_DUPFD_CLOEXEC, 0)), limit, slow);
}

void send_signal(const host::UniqueFd& process, int number) {
  if (process) syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
}

}  // namespace

Rehearsal::Rehearsal(host::Host& host, RehearsalOptions options)
    : host_(host), options_(options), folder_(host.state / "rehearsal") {}

bool Rehearsal::has(std::string_view capability) const {
  return capability == "create" || capability == "inside" || capability == "operators";
}

int Rehearsal::node_count() const { return static_cast<int>(rehearsal::kind_nodes().size()); }

/// The lock says who serves. One that was killed gives it back some milliseconds before the last process of its PID namespace has
/// ended: until then it is the process that server.json names.
int Rehearsal::server_pid() const {
  if (const pid_t holder = host::ProcessLock::holder(folder_ / kServerLock)) return holder;
  auto text = host::read_file(folder_ / "server.json");
  auto server = text ? parse_json(*text, "server.json") : Result<json>(text.error());
  if (!server) return 0;
  const int pid = static_cast<int>(int_at(*server, {"pid"}));
  const host::ProcessIdentity now = host::identity_of(pid);
  const bool same = !now.start_time.empty() && now.start_time == string_at(*server, {"start_time"}) &&
                    now.boot == string_at(*server, {"boot"}, now.boot);
  return same ? pid : 0;
}

RehearsalState Rehearsal::state() const {
  RehearsalState state;
  state.folder_exists = host::fs::exists(folder_);
  state.pid = server_pid();
  state.running = state.pid > 0;
  if (!state.running) return state;
  auto text = host::read_file(folder_ / "ready.json");
  auto ready = text ? parse_json(*text, "ready.json") : Result<json>(text.error());
  if (!ready) return state;
  state.ready = true;
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

Task<Result<host::Turn>> Rehearsal::take_turn() {
  auto turn = co_await host::Turn::take(host_.state / "rehearsal.lock", kTurnLimit, [this](const std::string& holder) {
    say(fmt::format("waiting for {}, which starts or ends the rehearsal cluster", holder));
  });
  if (!turn && turn.error().code == Code::kTimeout) co_return Error{Code::kEnvironment, turn.error().what, "end that process"};
  co_return turn;
}

/// With a pipe to its stdin, by whose end the new process sees that we have ended. Fails kConflict: another server has the folder.
Task<Result<void>> Rehearsal::start() {
  auto tools = check_tools();
  if (!tools) co_return tools;
  host::Command command;
  command.argv = {"/proc/self/exe", "cluster", "serve", "--attached", "--folder", folder_.string(), "--port", std::to_string(options_.port),
                  "--sync-delay", fmt::format("{}ms", options_.sync_delay.count())};
  if (options_.allow_privileged) command.argv.push_back("--allow-privileged");
  command.env = {{"ZDT_ROOT", host_.root}, {"ZDT_BUILD", host_.build}, {"ZDT_TOOLS", host_.tools}};
  command.limit = milliseconds(60'000);
  command.open_input = true;
  auto exit = co_await host::run(std::move(command));
  if (!exit) co_return exit.error();
  if (exit->ok()) co_return Result<void>();
  const Code code = server_pid() == 0 ? Code::kEnvironment : Code::kConflict;  // its own server has ended
  co_return Error{code, "the rehearsal cluster did not start: " + trim(exit->err), ""};
}

/// Whether the server that runs answers. One that was killed closes its port some milliseconds before the last process
/// of its PID namespace has ended: until then it counts as running, so that a refused answer waits for its end.
/// A server that is not ready while the turn is ours was left by a start that was cut off: it counts as none.
Task<Result<bool>> Rehearsal::answers() {
  const RehearsalState now = state();
  if (!now.ready) co_return false;
  const host::UniqueFd process = open_process(now.pid);
  auto link = connection();
  if (!link) co_return link.error();
  kube::Client client(co_await asio::this_coro::executor, *link);
  auto version = co_await client.version();
  if (version) co_return true;
  auto gone = co_await ended(process, milliseconds(5'000));
  if (gone) co_return false;
  co_return Error{Code::kEnvironment, "the rehearsal cluster runs but does not answer: " + version.error().what,
                  "zdt-demo cluster down"};
}

Task<Result<bool>> Rehearsal::up() {
  auto made = co_await make_or_use();
  auto entered = co_await after_up(std::move(made));
  co_return entered;
}

Task<Result<bool>> Rehearsal::make_or_use() {
  auto turn = co_await take_turn();
  if (!turn) co_return turn.error();
  auto there = co_await answers();
  if (!there) co_return there.error();
  std::string why;
  if (*there) why = co_await reason_to_recreate("the rehearsal cluster");
  if (*there && why.empty()) co_return false;
  if (*there) say(fmt::format("removing the rehearsal cluster to make it anew ({})", why));
  auto started = co_await start_anew();
  if (started) co_return true;
  turn->remove_file();
  co_return started.error();
}

/// What an earlier server left is removed first. A `cluster serve` whose starter was killed may take the folder before ours does,
/// and is ended like any other.
Task<Result<void>> Rehearsal::start_anew() {
  Result<void> started;
  for (int tries = 0; tries < kStarts; ++tries) {
    auto removed = co_await remove_everything();
    if (!removed) co_return removed;
    started = co_await start();
    if (started) co_return started;
    if (started.error().code != Code::kConflict) break;
  }
  auto removed = co_await remove_everything();
  if (!removed) say(removed.error().what);
  co_return Error{Code::kEnvironment, started.error().what, started.error().hint};
}

Task<Result<bool>> Rehearsal::down() {
  if (!host::fs::exists(host_.state)) co_return false;
  auto turn = co_await take_turn();
  if (!turn) co_return turn.error();
  const RehearsalState before = state();
  auto removed = co_await remove_everything();
  if (!removed) co_return removed.error();
  turn->remove_file();
  co_return before.folder_exists;
}

/// By a descriptor of the process, so that a later one with its number is left alone.
Task<Result<void>> Rehearsal::stop(int pid) {
  const host::UniqueFd process = open_process(pid);
  if (server_pid() != pid) co_return Result<void>();
  send_signal(process, SIGTERM);
  auto done = co_await ended(process, milliseconds(10'000));
  if (done) co_return done;
  send_signal(process, SIGKILL);
  co_return co_await ended(process, milliseconds(10'000));
}

namespace {

/// The control group of a server that was killed can be removed when the last of its processes has gone.
Task<Result<void>> remove_guard(host::fs::path record) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    auto removed = rehearsal::remove_device_guard(record);
    if (removed || std::chrono::steady_clock::now() >= end) co_return removed;
    co_await sleep_for(milliseconds(20));
  }
}

}  // namespace

/// Ends the server and removes the folder, with the server's lock in our hands, so that none starts in it meanwhile.
Task<Result<void>> Rehearsal::remove_everything() {
  for (int tries = 1;; ++tries) {
    const int pid = server_pid();
    if (pid > 0) {
      auto stopped = co_await stop(pid);
      if (!stopped) co_return stopped;
    }
    if (!host::fs::exists(folder_)) co_return Result<void>();
    // A server whose starter has ended removes the folder itself, lock and all: then this try fails, and the next one looks anew.
    auto claim = host::ProcessLock::take(folder_ / kServerLock);
    if (!claim && tries < kStarts) continue;
    if (!claim) co_return Error{Code::kEnvironment, claim.error().what, ""};
    auto guard = co_await remove_guard(folder_ / kDeviceGuard);
    if (!guard) co_return guard;
    std::error_code failure;
    host::fs::remove_all(folder_, failure);
    if (!failure) co_return Result<void>();
    if (tries < kStarts) continue;
    co_return Error{Code::kEnvironment, fmt::format("cannot remove {}: {}", folder_.string(), failure.message()), ""};
  }
}

Result<kube::Connection> Rehearsal::connection() {
  if (!state().ready) {
    return Error{Code::kEnvironment, "the rehearsal cluster is not running", "zdt-demo cluster up"};
  }
  return kube::with_remedy(kube::load_kubeconfig(kubeconfig(), ""), "zdt-demo cluster status");
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
