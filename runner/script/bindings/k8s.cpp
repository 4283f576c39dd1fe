// zdt.k8s: the Kubernetes API. Objects are plain tables; a failed call raises.
#include "base/text.h"
#include "base/yaml.h"
#include "kube/wait.h"
#include "script/bindings/bindings.h"
#include "script/manifests.h"
#include "script/patience.h"
#include "script/plan_manifests.h"
#include "script/world.h"

namespace zdt::script {
namespace k8s_module {

Push pushing(json value) {
  return [value = std::move(value)](lua_State* state) { return push_json(state, value), 1; };
}

Task<Result<Push>> pushed(Task<Result<json>> work) {
  auto result = co_await std::move(work);
  if (!result) co_return result.error();
  co_return pushing(std::move(*result));
}

/// kind, name and the options ns, labels, fields: what all of them begin with.
kube::Query query_from(lua_State* state, const json& options, bool named, std::string_view what) {
  kube::Query query;
  query.kind = string_argument(state, 1, fmt::format("{}: kind", what));
  if (named) query.name = string_argument(state, 2, fmt::format("{}: name", what));
  query.ns = text_option(options, "ns");
  query.labels = text_option(options, "labels");
  query.fields = text_option(options, "fields");
  return query;
}

/// Of what the step changes or waits for the diagnosis may tell.
kube::Query touching(World& world, kube::Query query) {
  world.touch(query.ns, query.name);
  return query;
}

/// Nil instead of an error for what does not exist.
Task<Result<Push>> get_or_nil(kube::Client& client, kube::Query query) {
  auto object = co_await client.get(std::move(query));
  if (!object && object.error().code == Code::kNotFound) co_return pushing(nullptr);
  if (!object) co_return object.error();
  co_return pushing(std::move(*object));
}

Outcome get(lua_State* state, World& world) {
  const json options = options_argument(state, 3, "zdt.k8s.get");
  check_keys(options, {"ns"}, "zdt.k8s.get");
  return wait(state, world, get_or_nil(world.kube(), query_from(state, options, true, "zdt.k8s.get")));
}

Task<Result<Push>> list_items(kube::Client& client, kube::Query query) {
  auto list = co_await client.list(std::move(query));
  if (!list) co_return list.error();
  co_return pushing(std::move((*list)["items"]));
}

Outcome list(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.k8s.list");
  check_keys(options, {"ns", "labels", "fields"}, "zdt.k8s.list");
  return wait(state, world, list_items(world.kube(), query_from(state, options, false, "zdt.k8s.list")));
}

/// Follows redirections (a GitHub release is one), at most five, and to https:// only.
Task<Result<http::Response>> fetch(World& world, std::string url) {
  for (int hop = 0; hop <= 5; ++hop) {
    http::Request request;
    request.url = url;
    auto answer = co_await world.send(std::move(request));
    if (!answer || answer->status == 200) co_return answer;
    url = answer->status > 300 && answer->status < 309 ? answer->headers.get("Location") : "";
    if (!url.starts_with("https://")) {
      co_return Error{Code::kEnvironment, fmt::format("it answers {}", answer->status), "look at the network, or bring a --bundle"};
    }
  }
  co_return Error{Code::kEnvironment, "it sends us on and on", ""};
}

/// The objects of a manifest on the web.
Task<Result<json>> download(World& world, std::string url) {
  auto answer = co_await fetch(world, url);
  if (!answer) co_return with_context(url, answer.error());
  auto documents = parse_yaml_documents(answer->body, url);
  if (!documents) co_return documents.error();
  co_return json(std::move(*documents));
}

/// A path of what lies beside the script, made whole; anything else as it is.
json found_file(World& world, json what) {
  if (!what.is_string()) return what;
  const host::fs::path file = world.file(what.get<std::string>());
  return file == world.host().root / what.get<std::string>() ? what : json(file.string());
}

/// Of what was applied the diagnosis may tell.
Task<Result<json>> apply_task(World& world, stage::Recorder* recorder, json what, ApplyOptions options) {
  if (what.is_string() && what.get<std::string>().starts_with("https://")) {
    auto downloaded = co_await download(world, what.get<std::string>());
    if (!downloaded) co_return downloaded.error();
    what = std::move(*downloaded);
  }
  if (world.plan != nullptr) plan_rendering(world, what);
  auto applied = co_await apply_manifests(world.host(), world.kube(), found_file(world, std::move(what)), std::move(options));
  for (const json& object : applied && recorder != nullptr ? *applied : json::array()) {
    world.touched[recorder].objects.emplace(string_at(object, {"ns"}), string_at(object, {"name"}));
  }
  co_return applied;
}

Outcome apply(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.k8s.apply");
  check_keys(options, {"ns", "images"}, "zdt.k8s.apply");
  const json what = to_json(state, 1);
  if (!what.is_string() && !what.is_object() && !what.is_array()) {
    fail_script("zdt.k8s.apply: want a folder, a file, an https:// address, an object or a list of objects");
  }
  ApplyOptions chosen{text_option(options, "ns"), {}};
  for (const auto& [name, other] : object_at(options, {"images"}).items()) chosen.images[name] = plain_text(other);
  world.kube();
  return wait(state, world, pushed(apply_task(world, world.recorder, what, std::move(chosen))));
}

Outcome patch(lua_State* state, World& world) {
  const json options = options_argument(state, 4, "zdt.k8s.patch");
  check_keys(options, {"ns", "type", "subresource"}, "zdt.k8s.patch");
  const std::string type = text_option(options, "type", "strategic");
  const std::map<std::string, kube::PatchType> types{{"strategic", kube::PatchType::kStrategic},
                                                     {"merge", kube::PatchType::kMerge},
                                                     {"json", kube::PatchType::kJson}};
  if (!types.contains(type)) fail_script("zdt.k8s.patch: type is strategic, merge or json");
  const kube::Query query = touching(world, query_from(state, options, true, "zdt.k8s.patch"));
  return wait(state, world,
              pushed(world.kube().patch(query, types.at(type), to_json(state, 3), text_option(options, "subresource"))));
}

Outcome scale(lua_State* state, World& world) {
  const json options = options_argument(state, 4, "zdt.k8s.scale");
  check_keys(options, {"ns"}, "zdt.k8s.scale");
  const int64_t replicas = count_argument(state, 3, "zdt.k8s.scale: replicas", 0, INT32_MAX);
  return wait(state, world, pushed(world.kube().scale(touching(world, query_from(state, options, true, "zdt.k8s.scale")), replicas)));
}

/// True when it existed.
Task<Result<Push>> remove_object(kube::Client& client, kube::Query query, int64_t grace) {
  auto removed = co_await client.remove(std::move(query), grace);
  if (!removed && removed.error().code != Code::kNotFound) co_return removed.error();
  co_return pushing(removed.has_value());
}

Outcome remove(lua_State* state, World& world) {
  const json options = options_argument(state, 3, "zdt.k8s.delete");
  check_keys(options, {"ns", "grace"}, "zdt.k8s.delete");
  const int64_t grace = options.contains("grace") ? duration_option(options, "grace", milliseconds(0)).count() / 1000 : -1;
  return wait(state, world, remove_object(world.kube(), touching(world, query_from(state, options, true, "zdt.k8s.delete")), grace));
}

/// A pod's trouble, or that a definition refuses; both only after the patience.
Task<kube::Standstill> look_once(kube::Client& client, kube::Query query, kube::Unmet unmet, Lasting& lasting) {
  auto object = co_await client.get(std::move(query));
  if (!object && object.error().code != Code::kNotFound) co_return kube::Standstill{object.error().what, "", ""};
  kube::Standstill seen{unmet(object ? &*object : nullptr), "", ""};
  const std::string kind = object ? string_at(*object, {"kind"}) : "";
  const auto trouble = kind == "Pod" ? kube::trouble_of(*object) : std::nullopt;
  std::string cause = kind == "CustomResourceDefinition" ? kube::refusal_of(*object) : "";
  if (trouble && trouble->lasts) cause = trouble->cause;
  seen.lasting = seen.waiting.empty() ? "" : lasting.after_patience(cause.empty() ? "" : trouble ? trouble->key : kind, cause);
  co_return seen;
}

Look look_at_object(World& world, const kube::Query& query, const kube::Unmet& unmet) {
  return [&client = world.kube(), query, unmet, lasting = std::make_shared<Lasting>(world.patience)] {
    return look_once(client, query, unmet, *lasting);
  };
}

Outcome wait_for(lua_State* state, World& world) {
  const std::string condition = string_argument(state, 3, "zdt.k8s.wait: condition");
  const json options = options_argument(state, 4, "zdt.k8s.wait");
  check_keys(options, {"ns", "timeout"}, "zdt.k8s.wait");
  auto unmet = kube::condition_named(condition);
  if (!unmet) throw LuaFailure{unmet.error()};
  const kube::Query query = query_from(state, options, true, "zdt.k8s.wait");
  const milliseconds limit = duration_option(options, "timeout", milliseconds(60'000));
  auto work = kube::wait_until(world.kube(), query, *unmet, limit);
  if (world.plan != nullptr || world.recorder == nullptr) return wait(state, world, pushed(std::move(work)));
  world.touch(query.ns, query.name);
  const std::string what = fmt::format("{}/{}", query.kind, query.name);
  return wait(state, world, pushed(with_patience(std::move(work), what, look_at_object(world, query, *unmet), *world.recorder)));
}

Task<Result<Push>> log_text(kube::Client& client, kube::Client::LogQuery query) {
  std::string text;
  auto read = co_await client.logs(std::move(query), [&text](std::string_view line) {
    text.append(line).append("\n");
    return text.size() < (4 << 20);
  });
  if (!read) co_return read.error();
  co_return pushing(std::move(text));
}

Outcome logs(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.k8s.logs");
  check_keys(options, {"ns", "container", "previous", "timestamps", "tail", "since"}, "zdt.k8s.logs");
  kube::Client::LogQuery query;
  query.pod = string_argument(state, 1, "zdt.k8s.logs: pod");
  query.ns = text_option(options, "ns");
  query.container = text_option(options, "container");
  query.previous = flag_option(options, "previous", false);
  query.timestamps = flag_option(options, "timestamps", false);
  query.tail = count_option(options, "tail", -1);
  if (options.contains("since")) query.since_seconds = duration_option(options, "since", {}).count() / 1000;
  return wait(state, world, log_text(world.kube(), std::move(query)));
}

Task<Result<Push>> exec_result(kube::Client& client, kube::Client::ExecQuery query, milliseconds limit) {
  Error late{Code::kTimeout, fmt::format("exec in {}: {} did not end in time", query.pod, query.argv.front()), ""};
  auto exit = co_await with_deadline(client.exec(std::move(query)), limit, std::move(late));
  if (!exit) co_return exit.error();
  co_return pushing(json{{"code", exit->code}, {"out", exit->out}, {"err", exit->err}});
}

Outcome exec(lua_State* state, World& world) {
  const json options = options_argument(state, 3, "zdt.k8s.exec");
  check_keys(options, {"ns", "container", "input", "timeout"}, "zdt.k8s.exec");
  kube::Client::ExecQuery query;
  query.pod = string_argument(state, 1, "zdt.k8s.exec: pod");
  query.argv = argv_argument(state, 2, "zdt.k8s.exec");
  query.ns = text_option(options, "ns");
  query.container = text_option(options, "container");
  query.input = text_option(options, "input");
  const milliseconds limit = duration_option(options, "timeout", milliseconds(60'000));
  return wait(state, world, exec_result(world.kube(), std::move(query), limit));
}

Outcome events(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.k8s.events");
  check_keys(options, {"ns", "object", "fields"}, "zdt.k8s.events");
  kube::Query query{.kind = "events", .ns = text_option(options, "ns"), .fields = text_option(options, "fields")};
  const std::string object = text_option(options, "object");
  if (!object.empty()) query.fields = "involvedObject.name=" + object;
  return wait(state, world, list_items(world.kube(), std::move(query)));
}

}  // namespace k8s_module

void open_k8s(lua_State* state) {
  using namespace k8s_module;
  add_module(state, "k8s",
             {{"get", &guarded<&get>},
              {"list", &guarded<&list>},
              {"apply", &guarded<&apply>},
              {"patch", &guarded<&patch>},
              {"scale", &guarded<&scale>},
              {"delete", &guarded<&remove>},
              {"wait", &guarded<&wait_for>},
              {"logs", &guarded<&logs>},
              {"exec", &guarded<&exec>},
              {"events", &guarded<&events>}});
  open_k8s_streams(state);
}

}  // namespace zdt::script
