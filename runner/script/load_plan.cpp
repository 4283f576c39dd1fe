#include "script/load_plan.h"

#include "base/text.h"
#include "base/units.h"
#include "load/url.h"
#include "load/url_file.h"
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "stage/plan.h"

namespace zdt::script {

double load_rate_from(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return 0;
  auto rate = parse_rate(stage::shown(value));
  if (!rate) fail_script("rate: " + rate.error().what, rate.error().hint);
  return *rate;
}

namespace {

/// {"url", "method", "body", "weight"} of one target of a mix.
load::Target target_from(const json& entry) {
  load::Target target;
  if (!entry.is_object()) fail_script("targets: want a list of tables");
  check_keys(entry, {"url", "method", "body", "weight"}, "zdt.load.start: targets");
  target.url = text_option(entry, "url");
  target.method = text_option(entry, "method", "GET");
  target.body = text_option(entry, "body");
  target.weight = static_cast<unsigned>(count_option(entry, "weight", 1, UINT32_MAX));
  return target;
}

template <class T>
T or_fail(Result<T> read) {
  if (!read) fail_script(read.error().what, read.error().hint);
  return std::move(*read);
}

/// The targets of a file beside the script, or of the project.
void add_url_file(World& world, const std::string& path, load::Plan& plan) {
  if (path.empty()) return;
  const host::fs::path file = world.file(path);
  auto text = host::read_file(file);
  if (!text) fail_script("urls: " + text.error().what);
  const auto variable = [&world](const std::string& name) {
    const auto& environment = world.host().environment;
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  for (load::Target& target : or_fail(load::parse_url_file(*text, file.parent_path(), variable))) {
    plan.targets.push_back(std::move(target));
  }
}

/// A list of texts, or one text.
std::vector<std::string> text_list(const json& options, const char* key) {
  if (at(options, {key}).is_string()) return {text_option(options, key)};
  if (options.contains(key) && !options[key].is_array()) fail_script(std::string(key) + ": want a list of texts");
  std::vector<std::string> texts;
  for (const json& entry : array_at(options, {key})) texts.push_back(plain_text(entry));
  return texts;
}

/// What only some loads have.
void add_rarer_options(World& world, const json& options, load::Plan& plan) {
  add_url_file(world, text_option(options, "urls"), plan);
  for (const std::string& text : text_list(options, "stages")) plan.stages.push_back(or_fail(load::parse_stage(text)));
  for (const std::string& text : text_list(options, "thresholds"))
    plan.thresholds.push_back(or_fail(load::parse_threshold(text)));
  if (const std::string expect = text_option(options, "expect"); !expect.empty())
    plan.expected = or_fail(load::parse_statuses(expect));
  plan.retries = static_cast<unsigned>(count_option(options, "retries", 0, UINT32_MAX));
  plan.requests_per_connection = static_cast<unsigned>(count_option(options, "requests_per_connection", 0, UINT32_MAX));
  plan.http2 = flag_option(options, "http2", false);
  plan.queue_limit = static_cast<unsigned>(count_option(options, "queue", 10'000, UINT32_MAX));
  plan.drain = duration_option(options, "drain", milliseconds(-1));
}

}  // namespace

load::Plan load_plan_from(World& world, const json& options) {
  load::Plan plan;
  add_rarer_options(world, options, plan);
  plan.url = text_option(options, "url");
  plan.method = text_option(options, "method", "GET");
  plan.body = text_option(options, "body");
  for (const auto& [name, value] : object_at(options, {"headers"}).items()) plan.headers.emplace_back(name, plain_text(value));
  if (options.contains("targets") && !options["targets"].is_array()) fail_script("targets: want a list of tables");
  for (const json& entry : array_at(options, {"targets"})) plan.targets.push_back(target_from(entry));
  plan.rate = load_rate_from(at(options, {"rate"}));
  plan.connections = static_cast<unsigned>(count_option(options, "connections", plan.open_model() ? 200 : 10, UINT32_MAX));
  plan.duration = duration_option(options, "duration", milliseconds(0));
  plan.max_requests = static_cast<uint64_t>(count_option(options, "requests", 0));
  plan.think_time = duration_option(options, "think_time", milliseconds(0));
  plan.connect_timeout = duration_option(options, "connect_timeout", milliseconds(2'000));
  plan.response_timeout = duration_option(options, "timeout", milliseconds(10'000));
  plan.keep_alive = flag_option(options, "keep_alive", true);
  plan.seed = static_cast<uint64_t>(count_option(options, "seed", 1));
  plan.workers = static_cast<unsigned>(count_option(options, "workers", 1, UINT32_MAX));
  const std::string& first = plan.url.empty() && !plan.targets.empty() ? plan.targets.front().url : plan.url;
  plan.network = network_path_for(world, load::without_credentials(first));
  return plan;
}

}  // namespace zdt::script
