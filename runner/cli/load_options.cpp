#include "base/text.h"
#include "base/units.h"
#include "cli/load.h"
#include "load/url.h"
#include "load/url_file.h"

namespace zdt::cli {
namespace {

Error wrong(std::string_view option, std::string what, std::string hint = "") {
  return {Code::kUsage, fmt::format("{}: {}", option, what), std::move(hint)};
}

Result<void> read_duration(std::string_view option, const std::string& text, milliseconds& target) {
  if (text.empty()) return {};
  auto duration = parse_duration(text);
  if (!duration) return with_context(option, duration.error());
  target = *duration;
  return {};
}

Result<void> read_expected(const std::string& text, load::StatusSet& expected) {
  if (text.empty()) return {};
  auto statuses = load::parse_statuses(text);
  if (!statuses) return with_context("--expect", statuses.error());
  expected = *statuses;
  return {};
}

Result<void> read_headers(const LoadRequest& request, load::Plan& plan) {
  for (const std::string& header : request.headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0)
      return wrong("--header", fmt::format("want \"Name: value\", got \"{}\"", header));
    plan.headers.emplace_back(trim(header.substr(0, colon)), trim(header.substr(colon + 1)));
  }
  return {};
}

Result<void> read_body(const LoadRequest& request, load::Plan& plan) {
  plan.body = request.body.value_or("");
  const bool has_body = request.body || !request.body_file.empty();
  if (!request.body_file.empty()) {
    if (request.body) return wrong("--body-file", "--body is given, too");
    auto content = host::read_file(request.body_file);
    if (!content) return wrong("--body-file", content.error().what);
    plan.body = std::move(*content);
  }
  plan.method = !request.method.empty() ? request.method : has_body ? "POST" : "GET";
  return {};
}

Result<void> read_url_file(const host::Host& host, const LoadRequest& request, load::Plan& plan) {
  if (request.url_file.empty()) return {};
  if (!request.method.empty() || request.body || !request.body_file.empty())
    return wrong("--urls", "the file says method and body of each request itself");
  auto text = host::read_file(request.url_file);
  if (!text) return wrong("--urls", text.error().what);
  const auto variable = [&host](const std::string& name) {
    const auto found = host.environment.find(name);
    return found == host.environment.end() ? std::nullopt : std::optional(found->second);
  };
  auto targets = load::parse_url_file(*text, host::fs::path(request.url_file).parent_path(), variable);
  if (!targets) return with_context("--urls " + request.url_file, targets.error());
  for (load::Target& target : *targets) plan.targets.push_back(std::move(target));
  return {};
}

Result<void> read_targets(const host::Host& host, const LoadRequest& request, load::Plan& plan) {
  if (auto body = read_body(request, plan); !body) return body;
  for (const std::string& url : request.urls) {
    plan.targets.push_back({load::with_scheme(url), plan.method, plan.body, 1, ""});
    if (plan.url.empty()) plan.url = plan.targets.back().url;
  }
  if (auto file = read_url_file(host, request, plan); !file) return file;
  if (plan.targets.empty())
    return Error{Code::kUsage, "load: no URL", "zdt-demo load http://127.0.0.1:8080/health, or --urls FILE"};
  return {};
}

Result<void> read_pace(const LoadRequest& request, load::Plan& plan) {
  if (!request.rate.empty()) {
    auto rate = parse_rate(request.rate);
    if (!rate) return with_context("--rate", rate.error());
    if (*rate == 0 && request.stages.empty())
      return wrong("--rate", "want more than 0 (stages may begin at 0)");
    plan.rate = *rate;
  }
  for (const std::string& text : request.stages) {
    auto stage = load::parse_stage(text);
    if (!stage) return stage.error();
    plan.stages.push_back(*stage);
  }
  plan.connections = request.connections > 0 ? request.connections : plan.open_model() ? 200 : 10;
  plan.queue_limit = request.queue;
  plan.max_requests = request.requests;
  if (!request.duration.empty()) {
    auto duration = parse_duration(request.duration);
    if (!duration) return with_context("--duration", duration.error());
    if (duration->count() == 0)
      return wrong("--duration", fmt::format("want more than 0, got \"{}\"", request.duration), "Ctrl-C ends a load of any length");
    plan.duration = *duration;
  }
  if (request.duration.empty() && request.stages.empty() && request.requests == 0)
    plan.duration = milliseconds(10'000);
  if (!request.think_time.empty() && plan.open_model())
    return wrong("--think", "has no meaning with --rate or --stage, which say when requests come");
  return {};
}

}  // namespace

namespace {

/// `-r "$RATE"` without a RATE must not be another load than the one that was meant. A body may be empty.
void refuse_empty_values(CLI::App& command) {
  const CLI::Validator not_empty(
      [](const std::string& value) { return value.empty() ? std::string("the value is empty") : std::string(); }, "", "not empty");
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() > 0 && option->get_name() != "--body") option->transform(not_empty);  // before all other checks
  }
}

}  // namespace

void add_load_command(CLI::App& app, LoadRequest& request) {
  CLI::App& command = *app.add_subcommand("load", "send requests, count what becomes of them, and judge it");
  command.add_option("url", request.urls, "http://HOST[:PORT]/PATH; several are mixed evenly");
  command.add_option("--urls", request.url_file, "a file of requests, as siege reads it");
  command.add_option("-c,--connections", request.connections, "at once (10; with --rate at most: 200)")
      ->check(CLI::Range(1U, load::kMostConnections));
  command.add_option("-r,--rate", request.rate, "requests a second, whatever the answers do: 200/s, 50/10s");
  command
      .add_option("--stage", request.stages, "LENGTH:RATE, to that rate within that time; may be repeated")
      ->allow_extra_args(false);
  command.add_option("-d,--duration", request.duration, "how long to send, more than 0 (10s)");
  command.add_option("-n,--requests", request.requests, "how many to send, 1 or more")
      ->check(CLI::Validator(
          [](const std::string& value) {
            const bool none = value.find_first_not_of('0') == std::string::npos;
            return none ? fmt::format("want 1 or more, got {}", value) : std::string();
          },
          "", "at least one"));
  command.add_option("--method", request.method, "GET, or POST with a body");
  command.add_option("--body", request.body, "what each request carries");
  command.add_option("--body-file", request.body_file, "the same, from a file");
  command.add_option("-H,--header", request.headers, "\"Name: value\"; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--expect", request.expected, "the statuses of success (200-399)");
  command.add_option("--think", request.think_time, "pause of a connection after each answer");
  command.add_option("--timeout", request.timeout, "of a whole request")->capture_default_str();
  command.add_option("--connect-timeout", request.connect_timeout, "of its connection")
      ->capture_default_str();
  command.add_option("--drain", request.drain, "how long the end waits for answers (the timeout and 500ms)");
  command.add_flag("--no-keep-alive", request.no_keep_alive, "a connection for each request; each resolves the name");
  command.add_option("--requests-per-connection", request.requests_per_connection,
                     "then another one is made");
  command.add_flag("--http2", request.http2, "HTTP/2 without TLS, by prior knowledge");
  command.add_option("--retries", request.retries, "send again what found no answer; counted apart")
      ->check(CLI::Range(0U, load::kMostRetries));
  command
      .add_option("--threshold", request.thresholds,
                  "'failed: count==0', 'latency: p(99)<800ms'; may be repeated")
      ->allow_extra_args(false);
  command
      .add_option("--self-check", request.self_check,
                  "fail or observe: what counts that cannot be trusted do")
      ->check(CLI::IsMember({"fail", "observe"}))
      ->capture_default_str();
  command.add_option("--workers", request.workers, "threads")
      ->check(CLI::Range(1U, load::kMostWorkers))
      ->capture_default_str();
  command.add_option("--queue", request.queue, "arrivals that may wait for a connection")
      ->capture_default_str();
  command.add_option("--seed", request.seed, "of the draw among URLs")->capture_default_str();
  command.add_option("--pod-header", request.pod_header, "the answer's header that names the pod")
      ->capture_default_str();
  command.add_option("--version-header", request.version_header, "and the version")->capture_default_str();
  command.add_option("-o,--output", request.output, "text, json, ndjson or quiet")
      ->check(CLI::IsMember({"text", "json", "ndjson", "quiet"}))
      ->capture_default_str();
  command.add_option("--color", request.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  refuse_empty_values(command);
}

Result<load::Plan> load_plan(host::Host& host, const LoadRequest& request) {
  load::Plan plan;
  const std::initializer_list<Result<void>> read = {
      read_headers(request, plan),
      read_targets(host, request, plan),
      read_pace(request, plan),
      read_expected(request.expected, plan.expected),
      read_duration("--think", request.think_time, plan.think_time),
      read_duration("--timeout", request.timeout, plan.response_timeout),
      read_duration("--connect-timeout", request.connect_timeout, plan.connect_timeout),
      read_duration("--drain", request.drain, plan.drain),
  };
  for (const auto& one : read) {
    if (!one) return one.error();
  }
  for (const std::string& text : request.thresholds) {
    auto threshold = load::parse_threshold(text);
    if (!threshold) return threshold.error();
    plan.thresholds.push_back(std::move(*threshold));
  }
  plan.keep_alive = !request.no_keep_alive;
  plan.requests_per_connection = request.requests_per_connection;
  plan.http2 = request.http2;
  plan.retries = request.retries;
  plan.workers = request.workers;
  plan.seed = request.seed;
  plan.pod_header = request.pod_header;
  plan.version_header = request.version_header;
  return load::checked(std::move(plan));
}

json to_json(const load::Plan& plan) {
  json targets = json::array(), stages = json::array(), thresholds = json::array(), headers = json::array();
  for (const auto& target : plan.targets) {
    targets.push_back({{"url", target.url},
                       {"method", target.method},
                       {"body_bytes", target.body.size()},
                       {"weight", target.weight}});
  }
  for (const auto& stage : plan.stages) {
    stages.push_back({{"length_ms", stage.length.count()}, {"rate", stage.rate}});
  }
  for (const auto& threshold : plan.thresholds) thresholds.push_back(threshold.text);
  for (const auto& [name, value] : plan.headers) headers.push_back(name);  // a value may be a secret
  return {{"model", plan.open_model() ? "open" : "closed"},
          {"targets", std::move(targets)},
          {"rate", plan.rate},
          {"stages", std::move(stages)},
          {"connections", plan.connections},
          {"queue_limit", plan.queue_limit},
          {"duration_ms", plan.duration.count()},
          {"max_requests", plan.max_requests},
          {"think_time_ms", plan.think_time.count()},
          {"connect_timeout_ms", plan.connect_timeout.count()},
          {"response_timeout_ms", plan.response_timeout.count()},
          {"drain_ms", plan.drain.count()},
          {"keep_alive", plan.keep_alive},
          {"requests_per_connection", plan.requests_per_connection},
          {"http2", plan.http2},
          {"retries", plan.retries},
          {"workers", plan.workers},
          {"seed", plan.seed},
          {"headers", std::move(headers)},
          {"thresholds", std::move(thresholds)}};
}

}  // namespace zdt::cli
