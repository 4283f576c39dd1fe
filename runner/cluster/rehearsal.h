// The rehearsal cluster seen from outside: its process, its folder, its life.
#pragma once
#include "cluster/target.h"
#include "host/lock.h"

namespace zdt::cluster {

/// How the cluster's server is, as the lock that it holds, its folder and the process table tell it.
/// running  its process lives: it starts, serves or is on its way out.   ready  it has come so far that it answered.
struct RehearsalState {
  bool running = false, ready = false;
  int pid = 0;  ///< 0: it does not run
  uint16_t port = 0;
  std::string network;  ///< path of the cluster's network namespace
  bool folder_exists = false;
};

/// port        of the API on 127.0.0.1; 0: any free one.
/// sync_delay  how long the Services' rules lag behind the EndpointSlices (kube-proxy's part).
/// allow_privileged  privileged containers run.
struct RehearsalOptions {
  uint16_t port = 0;
  milliseconds sync_delay{1'000};
  bool allow_privileged = false;
};

/// up() and down() take turns among all programs that share the state folder: one that finds the other under way waits for it.
class Rehearsal : public Target {
 public:
  explicit Rehearsal(host::Host& host, RehearsalOptions options = {});
  std::string name() const override { return "rehearsal"; }
  bool has(std::string_view capability) const override;
  Task<Result<bool>> up() override;
  Result<kube::Connection> connection() override;
  Task<Result<Entrance>> entrance(std::string service, int port) override;

  /// Stops the server (SIGTERM, SIGKILL after 10 s), also one whose start was cut off, and removes the folder. True when there
  /// was something to end.
  Task<Result<bool>> down() override;
  int node_count() const override;
  RehearsalState state() const;
  host::fs::path kubeconfig_file() const override { return kubeconfig(); }
  host::fs::path kubeconfig() const { return folder_ / "kubeconfig"; }
  host::fs::path folder() const { return folder_; }

 private:
  Task<Result<host::Turn>> take_turn();
  Task<Result<bool>> make_or_use();
  int server_pid() const;
  Task<Result<bool>> answers();
  Task<Result<void>> start();
  Task<Result<void>> start_anew();
  Task<Result<void>> stop(int pid);
  Task<Result<void>> remove_everything();
  host::Host& host_;
  RehearsalOptions options_;
  host::fs::path folder_;
};

/// The hidden command `cluster serve`: makes the process and mount namespaces, starts the server as their PID 1, waits
/// until it is ready, and returns the exit code while the server goes on. Must run before any thread is started.
/// The server holds the lock kServerLock of `folder` as long as it lives; where another one has it, this fails.
/// attached  whoever started us holds the other end of our stdin: when that is closed before the server is ready, it is ended.
int serve_rehearsal(const host::Host& host, const std::string& folder, RehearsalOptions options, bool attached);

constexpr const char* kServerLock = "server.lock";
/// In the same folder: where the control group is that keeps the cluster from this machine's devices.
constexpr const char* kDeviceGuard = "device-guard";

}  // namespace zdt::cluster
