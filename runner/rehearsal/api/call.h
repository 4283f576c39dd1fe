// One request to objects, and how its answers are written.
#pragma once
#include "http/server.h"
#include "rehearsal/api/auth.h"
#include "rehearsal/api/body_decoder.h"
#include "rehearsal/api/objects.h"
#include "rehearsal/api/route.h"
#include "rehearsal/api/table.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

struct ApiCall {
  http::Exchange& exchange;
  api::Route route;
  api::ServedType served;
  api::Accepted accepted;
  api::Guard guard = {};  ///< of its writes
  std::optional<json> content;  ///< of the body, see api::read_content()

  api::Place place() const { return {served, route.ns, route.name, route.subresource}; }
  std::string query(std::string_view name) const { return exchange.target.value(name); }
  /// "true" or "1".
  bool flag(std::string_view name) const;
  /// The query's selectors; a watch of one object selects it by name. Throws Failure 400.
  api::Selection selection() const;
  /// fieldManager (else the User-Agent's first word), dryRun, force, fieldValidation. Throws Failure 400.
  api::Intent intent() const;
};

namespace api {

/// The members of a list, which are written one after the other: all together they would hold the loop up.
/// name  of the field of the body that they are.   written  one of them as JSON.
struct Members {
  std::string name;
  std::vector<ObjectPtr> objects;
  std::function<std::string(const ObjectPtr&)> written;
};

/// An answer that is one JSON document.
struct Reply {
  int code = 200;
  json body;
  std::string content_type = "application/json";
  std::vector<std::string> warnings;  ///< each becomes a Warning header
  std::optional<Members> members = {};
};

Task<void> send(http::Exchange& exchange, Reply reply);

/// Lets the loop do what else there is to do.
Task<void> give_way();

/// The longest body of a request that is not an object: reviews, evictions, scales, options of a deletion.
constexpr size_t kSmallBody = 64 << 10;

/// Reads the body of a POST, PUT, PATCH or DELETE, at most as long as it may be there, and decodes it where it is a whole
/// object or a patch. To be called when the user is known to have the right. Throws Failure, http::BodyRefused.
Task<void> read_content(ApiCall& call, BodyDecoder& decoder);
/// What read_content() left, or what the body says.
json body_of(ApiCall& call);

/// GET, POST, PUT, PATCH and DELETE of objects, scale included; not watches, logs or exec. Throws Failure.
Task<Reply> answer(Objects& objects, Store& store, ApiCall& call);
/// GET, PUT and PATCH of .../scale.
Reply answer_scale(Objects& objects, const ApiCall& call);
/// POST of pods/eviction: as a deletion, when the pod's PodDisruptionBudget allows it; else Failure 429.
/// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
Reply answer_eviction(Objects& objects, Store& store, const ApiCall& call);
/// GET of nodes and pods of metrics.k8s.io: what the node measures, nothing stored.
Reply answer_metrics(const Node& node, const Store& store, const ApiCall& call);

/// As the request wants to read it: itself or a Table.
json presented(const ApiCall& call, const ObjectPtr& object);
Reply list_reply(const ApiCall& call, std::vector<ObjectPtr> objects, uint64_t revision);

/// Streams events until timeoutSeconds, or the peer goes. A peer that reads more slowly than the store's history grows is
/// told so (410), and one that does not read at all is left.
Task<void> serve_watch(Store& store, ApiCall& call, milliseconds bookmark_interval);
Task<void> serve_log(Node& node, const Objects& objects, ApiCall& call);
Task<void> serve_exec(Node& node, const Objects& objects, ApiCall& call);
/// .../pods/NAME/portforward?ports=…, WebSocket only. Throws Failure 400.
Task<void> serve_port_forward(Node& node, const Objects& objects, ApiCall& call);
/// .../pods/[SCHEME:]NAME[:PORT]/proxy/PATH, and services likewise. Throws Failure 503 when nothing answers.
Task<void> serve_proxy(const Objects& objects, const Store& store, ApiCall& call,
                       std::shared_ptr<host::NetworkNamespace> network);

}  // namespace api
}  // namespace zdt::rehearsal
