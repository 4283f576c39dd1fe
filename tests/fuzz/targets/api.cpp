// Requests to the API: objects of all kinds by all verbs in all forms, and patches of objects that are there.
#include <deque>

#include "base/text.h"
#include "base/yaml.h"
#include "fuzz/targets/api_world.h"
#include "host/files.h"
#include "http/message.h"
#include "rehearsal/store/types.h"

namespace zdt::fuzz {
namespace {

using rehearsal::ResourceType;

const std::vector<json>& good_objects() {
  static const std::vector<json> objects = [] {
    const std::string file = ZDT_CORPUS "/objects.yaml";
    auto documents = parse_yaml_documents(host::read_file(file).value(), file);
    if (!documents) throw Fault(documents.error().what);
    return *documents;
  }();
  return objects;
}

/// Keys and texts of the good objects: they come to stand where they do not belong.
const std::vector<std::string>& object_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> found = {"default", "kube-system", "web",
                                      "pool",    "edge",        "zero-downtime-worker",
                                      "true",    "None",        "kubernetes.io/hostname"};
    std::deque<const json*> open;
    for (const json& object : good_objects()) open.push_back(&object);
    for (; !open.empty(); open.pop_front()) {
      if (open.front()->is_string()) found.push_back(open.front()->get<std::string>());
      if (!open.front()->is_structured()) continue;
      for (auto item = open.front()->begin(); item != open.front()->end(); ++item) {
        if (open.front()->is_object()) found.push_back(item.key());
        open.push_back(&*item);
      }
    }
    return found;
  }();
  return words;
}

/// "/apis/apps/v1/namespaces/default/deployments" of an object: by the usual plural of its kind.
std::string collection_of(const json& object, Random& random) {
  const std::string version = string_at(object, {"apiVersion"}), kind = string_at(object, {"kind"});
  std::string plural = kind, ns = random.chance(90) ? "default" : "x";
  for (char& c : plural) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  bool namespaced = true;
  std::string known;
  for (const ResourceType& type : rehearsal::builtin_types()) {
    if (type.kind == kind && type.api_version() == version) known = type.plural, namespaced = type.namespaced;
  }
  if (known.empty())
    known = plural.ends_with("y") ? plural.substr(0, plural.size() - 1) + "ies" : plural + "s";
  const std::string root = version.find('/') == std::string::npos ? "/api/" + version : "/apis/" + version;
  return root + (namespaced ? "/namespaces/" + ns : "") + "/" + known;
}

std::string query_of(Random& random) {
  static const std::vector<std::string> parts = {"labelSelector=app%3Dweb",
                                                 "labelSelector=app+in+(a,b),!x",
                                                 "fieldSelector=metadata.name%3Dweb",
                                                 "fieldSelector=spec.nodeName!%3Dn",
                                                 "limit=1",
                                                 "continue=x",
                                                 "resourceVersion=0",
                                                 "resourceVersion=1",
                                                 "resourceVersionMatch=Exact",
                                                 "watch=true",
                                                 "watch=1",
                                                 "allowWatchBookmarks=true",
                                                 "timeoutSeconds=1",
                                                 "sendInitialEvents=true",
                                                 "dryRun=All",
                                                 "fieldManager=f",
                                                 "force=true",
                                                 "fieldValidation=Strict",
                                                 "fieldValidation=Warn",
                                                 "gracePeriodSeconds=0",
                                                 "propagationPolicy=Foreground",
                                                 "propagationPolicy=Orphan",
                                                 "pretty=true",
                                                 "container=c",
                                                 "tailLines=1",
                                                 "follow=true",
                                                 "limitBytes=1",
                                                 "sinceSeconds=1",
                                                 "command=echo",
                                                 "stdout=true",
                                                 "stdin=true",
                                                 "ports=80",
                                                 "role=pod"};
  std::string query;
  for (size_t i = random.below(4); i > 0; --i) {
    std::string part = random.of(parts);
    if (random.chance(25))
      part = part.substr(0, part.find('=') + 1) + http::url_encode(hostile_text(random, object_words()));
    query += (query.empty() ? "?" : "&") + part;
  }
  return query;
}

std::string yaml_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string escaped(const std::string& key) {
  std::string text;
  for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

/// A JSON pointer to a part of `value`, now and then beside one.
std::string pointer_into(Random& random, const json& value) {
  std::string pointer;
  for (const json* at = &value; at->is_structured() && !at->empty() && !random.chance(15);) {
    auto step = at->begin();
    const size_t index = random.below(at->size());
    std::advance(step, static_cast<long>(index));
    pointer += "/" + (at->is_object() ? escaped(step.key()) : std::to_string(index));
    at = &*step;
  }
  static const std::vector<std::string> odd = {"/-", "/~", "/0", "/-1",      "/18446744073709551616",
                                               "/x", "/",  "//", "/99999999"};
  return random.chance(25) ? pointer + random.of(odd) : pointer;
}

json json_patch(Random& random, const json& object) {
  static const std::vector<std::string> operations = {"add",  "remove", "replace", "move",
                                                      "copy", "test",   "nothing"};
  json patch = json::array();
  const size_t steps = random.chance(5) ? 40 : 1 + random.below(5);
  for (size_t i = 0; i < steps; ++i) {
    json step = {{"op", random.of(operations)}, {"path", pointer_into(random, object)}};
    if (random.chance(70)) step["value"] = hostile_value(random, object_words());
    if (random.chance(50)) step["from"] = pointer_into(random, object);
    patch.push_back(std::move(step));
  }
  return patch;
}

/// Directives of strategic merge anywhere in a mutated object.
json strategic_patch(Random& random, const json& object) {
  static const std::vector<std::string> directives = {"$patch",
                                                      "$retainKeys",
                                                      "$setElementOrder/containers",
                                                      "$deleteFromPrimitiveList/finalizers",
                                                      "$setElementOrder/ports",
                                                      "$deleteFromPrimitiveList/args"};
  json patch = mutated_json(random, object, object_words());
  json* part = &patch;
  for (size_t depth = random.below(5); depth > 0 && part->is_structured() && !part->empty(); --depth) {
    auto step = part->begin();
    std::advance(step, static_cast<long>(random.below(part->size())));
    part = &*step;
  }
  if (part->is_object())
    (*part)[random.of(directives)] = random.chance(50) ? json(random.chance(50) ? "delete" : "replace")
                                                       : hostile_value(random, object_words());
  return patch;
}

std::string body_of(Random& random, const json& value, std::string& type) {
  static const std::vector<std::string> odd_types = {"application/yaml",
                                                     "application/vnd.kubernetes.protobuf",
                                                     "text/plain",
                                                     "",
                                                     "application/json; charset=x",
                                                     "application/cbor"};
  std::string body = yaml_of(value);
  if (random.chance(12)) type = random.of(odd_types);
  if (random.chance(4))
    body =
        mutated_bytes(random, body, {"{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800"}, "", 64 << 10);
  return body;
}

ApiInput patch_input(Random& random, const json& object) {
  ApiInput input;
  input.method = "PATCH";
  input.target = collection_of(object, random) + "/" + string_at(object, {"metadata", "name"}, "a") +
                 (random.chance(10) ? "/status" : "") + query_of(random);
  json patch;
  switch (random.below(4)) {
    case 0:
      input.type = "application/json-patch+json", patch = json_patch(random, object);
      break;
    case 1:
      input.type = "application/merge-patch+json", patch = mutated_json(random, object, object_words());
      break;
    case 2:
      input.type = "application/strategic-merge-patch+json", patch = strategic_patch(random, object);
      break;
    default:
      input.type = "application/apply-patch+yaml", patch = mutated_json(random, object, object_words());
      input.target += (input.target.find('?') == std::string::npos ? "?" : "&") +
                      std::string("fieldManager=fuzz&force=true");
  }
  input.body = body_of(random, patch, input.type);
  return input;
}

ApiInput read_input(Random& random, const json& object) {
  static const std::vector<std::string> subresources = {
      "",       "",         "",  "/status", "/scale", "/log", "/exec", "/eviction", "/portforward",
      "/token", "/binding", "/x"};
  static const std::vector<std::string> others = {"/",
                                                  "/api",
                                                  "/apis",
                                                  "/version",
                                                  "/openapi/v3",
                                                  "/openapi/v3/apis/apps/v1",
                                                  "/metrics",
                                                  "/readyz",
                                                  "/api/v1",
                                                  "/apis/apps",
                                                  "/apis/metrics.k8s.io/v1beta1/pods",
                                                  "/apis/metrics.k8s.io/v1beta1/nodes"};
  static const std::vector<std::string> accepts = {
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "application/json", "*/*",
      "application/yaml", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"};
  ApiInput input;
  input.method = random.chance(90)
                     ? "GET"
                     : random.of(std::vector<std::string>{"HEAD", "OPTIONS", "CONNECT", "get", "TRACE"});
  const std::string name =
      random.chance(50) ? "/" + string_at(object, {"metadata", "name"}, "a") + random.of(subresources) : "";
  input.target =
      (random.chance(15) ? random.of(others) : collection_of(object, random) + name) + query_of(random);
  if (random.chance(50))
    input.headers.emplace_back("Accept", random.chance(85) ? random.of(accepts) : hostile_text(random, {}));
  return input;
}

ApiInput delete_input(Random& random, const json& object) {
  ApiInput input;
  input.method = "DELETE";
  input.target = collection_of(object, random) +
                 (random.chance(90) ? "/" + string_at(object, {"metadata", "name"}, "a") : "") +
                 query_of(random);
  if (!random.chance(40)) return input;
  input.type = "application/json";
  input.body = body_of(
      random,
      mutated_json(
          random,
          {{"gracePeriodSeconds", 0}, {"propagationPolicy", "Background"}, {"preconditions", {{"uid", "u"}}}},
          object_words()),
      input.type);
  return input;
}

ApiInput write_input(Random& random, const json& object) {
  ApiInput input;
  const bool replaces = random.chance(30);
  json written = random.chance(20) ? object : mutated_json(random, object, object_words());
  input.method = replaces ? "PUT" : "POST";
  input.target = collection_of(object, random);
  const std::string name = string_at(object, {"metadata", "name"}, "a");
  if (replaces) input.target += "/" + name + random.of(std::vector<std::string>{"", "", "/status", "/scale"});
  if (!replaces && random.chance(6))
    input.target += "/" + name + random.of(std::vector<std::string>{"/eviction", "/binding", "/token", "/x"});
  input.target += query_of(random);
  input.type = "application/json";
  input.body = body_of(random, written, input.type);
  return input;
}

ApiInput review_input(Random& random) {
  static const std::vector<std::string> paths = {"/apis/authentication.k8s.io/v1/selfsubjectreviews",
                                                 "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                                 "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                                                 "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                                                 "/apis/authentication.k8s.io/v1/tokenreviews"};
  const json review = {{"spec",
                        {{"user", "u"},
                         {"groups", {"g"}},
                         {"token", "t"},
                         {"namespace", "default"},
                         {"resourceAttributes",
                          {{"verb", "get"}, {"resource", "pods"}, {"namespace", "default"}, {"name", "a"}}},
                         {"nonResourceAttributes", {{"path", "/metrics"}, {"verb", "get"}}}}}};
  ApiInput input{"POST", random.of(paths), "application/json", "", {}};
  input.body = body_of(random, mutated_json(random, review, object_words()), input.type);
  return input;
}

/// Whose rights are looked up among roles, unlike the administrator's.
std::string somebody(Random& random) {
  if (random.chance(30)) return hostile_text(random, object_words());
  return random.chance(70) ? "system:serviceaccount:default:default" : "u";
}

class ApiTarget : public Target {
 public:
  explicit ApiTarget(bool patches) : patches_(patches) {}

  std::string make(Random& random, const std::vector<std::string>& corpus) override {
    const json& object = random.of(good_objects());
    if (patches_ && random.chance(25))
      return text_of({"POST", collection_of(object, random), "application/json", object.dump(), {}});
    if (patches_) return text_of(patch_input(random, object));
    if (random.chance(3))
      return mutated_bytes(random, random.of(corpus), object_words(), random.of(corpus), 64 << 10);
    ApiInput input = random.chance(50)   ? write_input(random, object)
                     : random.chance(40) ? patch_input(random, object)
                     : random.chance(50) ? read_input(random, object)
                     : random.chance(80) ? delete_input(random, object)
                                         : review_input(random);
    if (random.chance(12)) input.headers.emplace_back("Impersonate-User", somebody(random));
    if (random.chance(3))
      input.target = mutated_bytes(random, input.target, {"/", "%2f", "?", "&", "=", "..", "%00"}, "", 8192);
    return text_of(input);
  }
  void run(const std::string& input) override { world_->take(api_input(input)); }
  void check() override { world_->check(); }
  void reset() override {
    world_.reset();
    world_ = std::make_unique<ApiWorld>();
  }

 private:
  bool patches_;
  std::unique_ptr<ApiWorld> world_ = std::make_unique<ApiWorld>();
};

std::vector<std::string> object_seeds() {
  std::vector<std::string> seeds;
  Random random(1);
  for (const json& object : good_objects())
    seeds.push_back(text_of({"POST", collection_of(object, random), "application/json", object.dump(), {}}));
  return seeds;
}

std::string review_of(const std::string& type, const std::string& body) {
  return text_of({"POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", type, body, {}});
}

/// What was found in the faults of issue 8 and is too long for a file.
std::vector<std::string> long_seeds() {
  std::string wide = R"({"metadata":{"name":"wide"},"data":{)";
  for (int i = 0; i < 20'000; ++i) wide += "\"k" + std::to_string(i) + "\":\"v\",";
  const json event = {{"metadata", {{"name", "long"}}},
                      {"involvedObject", {{"name", "x"}, {"namespace", "default"}}},
                      {"lastTimestamp", std::string(300'000, '1')}};
  return {
      review_of("application/yaml", "a: " + std::string(400'000, '1')),
      review_of("application/yaml", std::string(100'000, '[')),
      review_of("application/json", std::string(100'000, '[')),
      review_of("application/json", "{\"a\":" + std::string(50'000, '[')),
      text_of({"POST", "/api/v1/namespaces/default/events", "application/json", event.dump(), {}}),
      text_of(
          {"POST", "/api/v1/namespaces/default/configmaps", "application/json", wide + "\"x\":\"y\"}}", {}})};
}

std::string copying_patch(int steps) {
  json patch = {{{"op", "add"}, {"path", "/x"}, {"value", {{"seed", std::string(100, 'a')}}}}};
  for (int i = 0; i < steps; ++i)
    patch.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/x/c" + std::to_string(i)}});
  return text_of(
      {"PATCH", "/api/v1/namespaces/default/configmaps/a", "application/json-patch+json", patch.dump(), {}});
}

TargetKind world_kind(const std::string& name, bool patches) {
  TargetKind kind;
  kind.name = name;
  kind.make = [patches] { return std::make_unique<ApiTarget>(patches); };
  kind.inputs_per_reset = 1000;
  kind.as_root = true;  // for a network namespace
  kind.input_limit = 4 << 20;
  kind.seeds = [patches] {
    std::vector<std::string> seeds = object_seeds();
    for (std::string& seed :
         patches ? std::vector<std::string>{copying_patch(8), copying_patch(22), copying_patch(60)}
                 : long_seeds())
      seeds.push_back(std::move(seed));
    return seeds;
  };
  return kind;
}

}  // namespace

TargetKind api_kind() { return world_kind("api", false); }
TargetKind patch_kind() { return world_kind("patch", true); }

}  // namespace zdt::fuzz
