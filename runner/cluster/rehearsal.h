// The rehearsal cluster seen from outside: its process, its folder, its life.
#pragma once
#include "cluster/target.h"

namespace zdt::cluster {

/// How the cluster's server is, as its folder and the process table tell it.
struct RehearsalState {
  bool running = false;
  int pid = 0;
  uint16_t port = 0;
  std::string network;  ///< path of the cluster's network namespace
  bool folder_exists = false;
};

/// port        of the API on 127.0.0.1; 0: any free one.
/// sync_delay  how long the Services' rules lag behind the EndpointSlices (kube-proxy's part).
struct RehearsalOptions {
  uint16_t port = 0;
  milliseconds sync_delay{1'000};
};

class Rehearsal : public Target {
 public:
  explicit Rehearsal(host::Host& host, RehearsalOptions options = {});
  std::string name() const override { return "rehearsal"; }
  bool has(std::string_view capability) const override;
  Task<Result<bool>> up() override;
  Result<kube::Connection> connection() override;
  Task<Result<Entrance>> entrance(std::string service, int port) override;

  /// Stops the server (SIGTERM, SIGKILL after 10 s) and removes the folder. True when there was something to end.
  Task<Result<bool>> down() override;
  int node_count() const override;
  RehearsalState state() const;
  host::fs::path kubeconfig_file() const override { return kubeconfig(); }
  host::fs::path kubeconfig() const { return folder_ / "kubeconfig"; }
  host::fs::path folder() const { return folder_; }

 private:
  Task<Result<bool>> answers();
  Task<Result<void>> start();
  host::Host& host_;
  RehearsalOptions options_;
  host::fs::path folder_;
};

/// The hidden command `cluster serve`: makes the process and mount namespaces, starts the server as their PID 1, waits
/// until it is ready, and returns the exit code while the server goes on. Must run before any thread is started.
int serve_rehearsal(const host::Host& host, const std::string& folder, RehearsalOptions options);

}  // namespace zdt::cluster
