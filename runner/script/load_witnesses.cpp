#include "script/load_witnesses.h"

#include "base/text.h"

namespace zdt::script {
namespace {

kube::Followed followed_from(const json& entry) {
  if (!entry.is_object()) fail_script("follow: want a table {labels, ns}, or a list of them");
  check_keys(entry, {"labels", "ns", "container", "signal", "hook_start", "hook_end"},
             "zdt.load.start: follow");
  kube::Followed followed;
  followed.labels = text_option(entry, "labels");
  followed.ns = text_option(entry, "ns");
  followed.container = text_option(entry, "container");
  followed.words.signal = text_option(entry, "signal", followed.words.signal);
  followed.words.hook_start = text_option(entry, "hook_start", followed.words.hook_start);
  followed.words.hook_end = text_option(entry, "hook_end", followed.words.hook_end);
  if (followed.labels.empty())
    fail_script("follow: labels is missing", R"(follow = { labels = "app=web", ns = "lab" })");
  return followed;
}

AppQuery app_from(const json& entry) {
  if (!entry.is_object()) fail_script("reconcile: app: want a table {labels, ns}");
  check_keys(entry, {"labels", "ns", "port", "path", "metric"}, "zdt.load.start: reconcile: app");
  AppQuery app;
  app.labels = text_option(entry, "labels");
  app.ns = text_option(entry, "ns");
  app.port = count_option(entry, "port", app.port);
  app.path = text_option(entry, "path", app.path);
  app.metric = text_option(entry, "metric", app.metric);
  if (app.labels.empty()) fail_script("reconcile: app: labels is missing");
  return app;
}

/// The sum of a counter over its labels. https://prometheus.io/docs/instrumenting/exposition_formats/
uint64_t sum_of(const std::string& text, const std::string& metric) {
  double sum = 0;
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(metric) || line.size() == metric.size()) continue;
    const size_t labels_end = line[metric.size()] == '{' ? line.rfind('}') + 1 : metric.size();
    if (line[metric.size()] != '{' && line[metric.size()] != ' ') continue;
    sum += std::strtod(line.c_str() + labels_end, nullptr);
  }
  return static_cast<uint64_t>(sum);
}

constexpr const char* kEnvoyFilter = R"(^(http\..*\.downstream_rq_(total|[2345]xx)|server\.uptime)$)";

}  // namespace

WitnessOptions witness_options(const json& options) {
  WitnessOptions wanted;
  if (options.contains("follow")) {
    const json& follow = options["follow"];
    if (!follow.is_array()) wanted.follow.push_back(followed_from(follow));
    if (follow.is_array()) {
      for (const json& entry : follow) wanted.follow.push_back(followed_from(entry));
    }
  }
  const json& reconcile = object_at(options, {"reconcile"});
  check_keys(reconcile, {"envoy", "app"}, "zdt.load.start: reconcile");
  wanted.envoy = text_option(reconcile, "envoy");
  if (reconcile.contains("app")) wanted.app = app_from(reconcile["app"]);
  return wanted;
}

Task<Result<LoadWitnesses::EnvoyLook>> LoadWitnesses::look_at_envoy() {
  EnvoyAdmin admin = envoy_admin(world_, options_.envoy, "reconcile: envoy");
  admin.request.path = envoy_stats_path(kEnvoyFilter);
  auto response = co_await send_inside(world_, admin.request, std::move(admin.network));
  if (!response) co_return with_context("reconcile: Envoy", response.error());
  auto stats = envoy_stats_from(*response, admin.request);
  if (!stats) co_return with_context("reconcile: Envoy", stats.error());
  EnvoyLook look;
  for (const auto& [name, value] : stats->items()) {
    if (name == "server.uptime") look.uptime = value.get<double>();
    if (!name.starts_with("http.") || name.starts_with("http.admin.")) continue;
    if (name.ends_with("_total")) look.requests += value.get<uint64_t>();
    if (name.ends_with("xx")) look.answers[name[name.size() - 3] - '0'] += value.get<uint64_t>();
  }
  co_return look;
}

Task<std::optional<uint64_t>> LoadWitnesses::answered_by(std::string ns, std::string pod) {
  InsideRequest request;
  request.proxy = proxy_path(world_, "pods", fmt::format("{}/{}:{}", ns, pod, options_.app->port));
  request.path = options_.app->path;
  request.limit = milliseconds(2'000);
  auto response = co_await send_inside(world_, request, nullptr);
  if (!response || response->status != 200) co_return std::nullopt;
  co_return sum_of(response->body, options_.app->metric);
}

Task<Result<LoadWitnesses::AppLook>> LoadWitnesses::look_at_app() {
  kube::Query query;
  query.kind = "pods";
  query.ns = options_.app->ns;
  query.labels = options_.app->labels;
  auto pods = co_await world_.kube().list(std::move(query));
  if (!pods) co_return with_context("reconcile: app", pods.error());
  AppLook look;
  const json& items = array_at(*pods, {"items"});
  for (const json& pod : items) {
    const std::string name = string_at(pod, {"metadata", "name"}),
                      ns = string_at(pod, {"metadata", "namespace"});
    auto answered = co_await answered_by(ns, name);
    look[name] = answered;
  }
  co_return look;
}

Task<Result<std::unique_ptr<LoadWitnesses>>> LoadWitnesses::start(World& world, WitnessOptions options) {
  std::unique_ptr<LoadWitnesses> witnesses(new LoadWitnesses(world, std::move(options)));
  for (const kube::Followed& followed : witnesses->options_.follow) {
    auto recorder = co_await kube::PodRecorder::start(world.kube(), followed);
    if (!recorder) co_return recorder.error();
    witnesses->recorders_.push_back(std::move(*recorder));
  }
  if (!witnesses->options_.envoy.empty()) {
    auto look = co_await witnesses->look_at_envoy();
    if (!look) co_return look.error();
    witnesses->envoy_before_ = std::move(*look);
  }
  if (witnesses->options_.app) {
    auto look = co_await witnesses->look_at_app();
    if (!look) co_return look.error();
    witnesses->app_before_ = std::move(*look);
  }
  co_return witnesses;
}

}  // namespace zdt::script
