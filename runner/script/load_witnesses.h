// Who else sees a load: the pods that are followed, and the counts of Envoy and of the app.
#pragma once
#include "kube/pod_recorder.h"
#include "load/report.h"
#include "script/envoy_admin.h"

namespace zdt::script {

/// Which pods' own counters are compared: a Prometheus counter of answered requests, summed over its labels.
struct AppQuery {
  std::string ns, labels, path = "/metrics", metric = "http_requests_total";
  int64_t port = 8000;
};

struct WitnessOptions {
  std::vector<kube::Followed> follow;
  std::string envoy;  ///< as envoy_admin() takes it; "": none
  std::optional<AppQuery> app;
  bool none() const { return follow.empty() && envoy.empty() && !app; }
};

/// The keys `follow` and `reconcile` of zdt.load.start. Throws LuaFailure.
WitnessOptions witness_options(const json& options);

class LoadWitnesses {
 public:
  /// Returns when everybody watches and the counts of the beginning are known. Fails as
  /// kube::PodRecorder::start() does, and when Envoy cannot be asked. The world outlives it.
  static Task<Result<std::unique_ptr<LoadWitnesses>>> start(World& world, WitnessOptions options);

  /// After the load's end: sets the report's losses anew, and its reconciliation; adds to its problems.
  Task<void> testify(load::Report& report);
  /// What could not be followed, in sentences.
  std::vector<std::string> gaps() const;
  Task<void> end();

  /// In a plan: the watches and questions that start() and testify() would begin with.
  static Task<Result<void>> plan(World& world, WitnessOptions options);

 private:
  struct EnvoyLook {
    double uptime = 0;
    uint64_t requests = 0;
    std::map<int, uint64_t> answers;
  };
  /// By the pod's name.
  using AppLook = std::map<std::string, std::optional<uint64_t>>;

  LoadWitnesses(World& world, WitnessOptions options) : world_(world), options_(std::move(options)) {}
  Task<Result<EnvoyLook>> look_at_envoy();
  Task<Result<AppLook>> look_at_app();
  Task<std::optional<uint64_t>> answered_by(std::string ns, std::string pod);
  Task<std::vector<std::string>> compare_envoy(load::Report& report);
  Task<std::vector<std::string>> compare_app(load::Report& report);

  World& world_;
  WitnessOptions options_;
  std::vector<std::unique_ptr<kube::PodRecorder>> recorders_;
  EnvoyLook envoy_before_;
  AppLook app_before_;
};

}  // namespace zdt::script
