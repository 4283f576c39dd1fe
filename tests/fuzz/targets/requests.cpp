// Parts of a request, without a server: selectors, targets and paths, protobuf bodies.
#include "fuzz/targets/targets.h"
#include "http/message.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/json_path.h"
#include "rehearsal/api/protobuf.h"
#include "rehearsal/api/route.h"
#include "rehearsal/api/selector.h"

namespace zdt::fuzz {
namespace {

namespace api = rehearsal::api;

/// A refusal is well; anything else that is thrown is not.
template <class Work>
void may_be_refused(Work work) {
  try {
    work();
  } catch (const api::Failure&) {
  }
}

const json& labelled() {
  static const json object = {
      {"metadata", {{"name", "web"}, {"namespace", "default"}, {"labels", {{"app", "web"}, {"tier", "db"}}}}},
      {"spec", {{"nodeName", "n"}, {"replicas", 3}}},
      {"status", {{"phase", "Running"}}}};
  return object;
}

void take_selector(const std::string& input) {
  may_be_refused([&] { (void)api::LabelSelector::parse(input).matches(labelled()["metadata"]["labels"]); });
  may_be_refused([&] {
    const auto fields = api::FieldSelector::parse(input);
    (void)fields.matches(labelled());
    (void)fields.wanted("metadata.name");
  });
  const json parsed = json::parse(input, nullptr, false);
  if (!parsed.is_discarded())
    may_be_refused(
        [&] { (void)api::LabelSelector::from_json(parsed).matches(labelled()["metadata"]["labels"]); });
  (void)api::value_at_path(labelled(), input);
}

void take_query(const std::string& input) {
  const http::Target target = http::parse_target(input);
  (void)target.value("labelSelector");
  (void)api::parse_route(target.path);
  (void)api::parse_route(input);
  if (http::url_decode(http::url_encode(input)) != input)
    throw Fault("a text is not the same after encoding and decoding");
  may_be_refused([&] { (void)api::negotiate(input); });
  (void)api::media_type(input);
}

void take_protobuf(const std::string& input) {
  may_be_refused(
      [&] { (void)api::decode_protobuf(input).dump(-1, ' ', false, json::error_handler_t::replace); });
}

TargetKind request_kind(const std::string& name, std::vector<std::string> words,
                        void (*take)(const std::string&), std::vector<std::string> seeds) {
  TargetKind kind;
  kind.name = name;
  kind.make = [words, take] { return std::make_unique<TextTarget>(words, take); };
  kind.inputs_per_reset = 5000;
  kind.input_limit = 1 << 20;
  kind.seeds = [seeds] { return seeds; };
  return kind;
}

}  // namespace

TargetKind selector_kind() {
  return request_kind(
      "selector",
      {"app",
       "web",
       "=",
       "==",
       "!=",
       ",",
       "!",
       " in (",
       ")",
       " notin (",
       "metadata.name",
       "status.phase",
       "\\,",
       "matchLabels",
       "matchExpressions",
       "operator",
       "In",
       "[?(@.type=='Ready')]",
       "[0]",
       ".",
       "[*]"},
      &take_selector,
      {"app=web,tier!=db,env in (a,b),!legacy", "metadata.name=web,status.phase!=Running",
       ".status.conditions[?(@.type=='Ready')].status",
       R"({"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["db"]}]})",
       std::string(200'000, ','), std::string(200'000, '('), std::string(200'000, '!'),
       std::string(100'000, '['), std::string(100'000, '.')});
}

TargetKind query_kind() {
  return request_kind(
      "query",
      {"/api/v1/", "namespaces/", "/apis/apps/v1/", "?", "&", "=", "%2f", "%00", "/../", "//", "watch=true",
       "labelSelector=", "/proxy/", "/openapi/v3/", ";g=", ";as=Table", "application/json", ","},
      &take_query,
      {"/api/v1/namespaces/default/pods/a/proxy/x?y=z",
       "/apis/apps/v1/deployments?labelSelector=app%3Dweb&limit=500",
       "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", std::string(200'000, '/'),
       std::string(200'000, '%'), "?" + std::string(200'000, '&'), std::string(100'000, ';'),
       std::string(100'000, ',')});
}

namespace {

std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string message(const std::string& version, const std::string& kind, const std::string& content) {
  return std::string("k8s\0", 4) + field(1, field(1, version) + field(2, kind)) + field(2, content);
}

}  // namespace

TargetKind protobuf_kind() {
  const std::string container = field(1, "c") + field(2, "busybox") + field(3, "run") +
                                field(8, field(1, field(1, "cpu") + field(2, field(1, "500m"))));
  return request_kind(
      "protobuf",
      {std::string("k8s\0", 4), "v1", "Pod", field(1, "x"), field(2, ""), "\x0a\xff\xff\xff\xff\x0f",
       "\x0a\xff"},
      &take_protobuf,
      {message("v1", "ConfigMap", field(1, field(1, "x")) + field(2, field(1, "a") + field(2, "b"))),
       message("v1", "Namespace", field(1, field(1, "x"))),
       message("v1", "Pod", field(1, field(1, "p")) + field(2, field(2, container))), std::string("k8s\0", 4),
       std::string("k8s\0", 4) + field(1, field(1, "v1") + field(2, "Pod")) + std::string(100'000, '\x12')});
}

}  // namespace zdt::fuzz
