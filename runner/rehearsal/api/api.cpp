#include "rehearsal/api/api.h"

#include <spdlog/spdlog.h>

#include "rehearsal/api/auth.h"
#include "rehearsal/api/call.h"
#include "rehearsal/api/discovery.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/openapi.h"
#include "rehearsal/api/rbac/escalation.h"
#include "rehearsal/api/rbac/impersonation.h"
#include "rehearsal/api/rbac/policy.h"
#include "rehearsal/api/rbac/reviews.h"
#include "rehearsal/api/scrape_targets.h"
#include "rehearsal/api/state_metrics.h"

namespace zdt::rehearsal {

using api::Failure;
using api::Reply;
using api::Route;

namespace {

Reply refusal(const Failure& failure) {
  return {.code = failure.code(), .body = failure.status(), .warnings = {}};
}

/// kubectl caches discovery by its content type, which must name the form that was asked for.
Reply aggregated(const std::vector<api::ServedType>& types, bool core, const std::string& version) {
  return {.body = api::aggregated_discovery(types, core, version),
          .content_type = "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList",
          .warnings = {}};
}

json document_of(const std::vector<api::ServedType>& types, const Route& route, const std::string& version) {
  switch (route.kind) {
    case Route::Kind::kVersion:
      return api::version_document(version);
    case Route::Kind::kCoreVersions:
      return api::core_versions();
    case Route::Kind::kGroups:
      return api::group_list(types);
    case Route::Kind::kGroup:
      return api::group_document(types, route.group);
    case Route::Kind::kResources:
      return api::resource_list(types, route.group, route.version);
    case Route::Kind::kOpenApi:
      return route.name.empty() ? api::openapi_index(types) : api::openapi_document(types, route.name);
    default:
      return nullptr;
  }
}

}  // namespace

Api::Api(Store& store, Node& node, ApiOptions options)
    : store_(store),
      node_(node),
      options_(std::move(options)),
      authenticator_(store, options_.token, options_.account_key),
      authorizer_(store),
      types_(store, options_.acted_on, options_.allow_privileged),
      objects_(store) {}

Task<void> Api::handle(http::Exchange& exchange) {
  std::optional<Reply> refused;
  try {
    co_await dispatch(exchange);
  } catch (const Failure& failure) {
    refused = refusal(failure);
  } catch (const http::BodyRefused& failure) {
    refused = refusal(api::body_refused(failure.status(), failure.what()));
  } catch (const json::exception& failure) {
    // Content of a shape that nobody writes, such as a list where an object belongs.
    refused = refusal(
        api::bad_request(std::string("the content of the request cannot be understood: ") + failure.what()));
  }
  if (refused) co_await api::send(exchange, std::move(*refused));
}

api::User Api::admit(const http::Exchange& head) const {
  const api::User sender = authenticator_.user_of(head.headers);
  api::User user = api::acting_user(sender, head.headers, authorizer_);
  authorizer_.require(user, api::attributes_of(head, api::parse_route(head.target.path)));
  return user;
}

Task<void> Api::dispatch(http::Exchange& exchange) {
  const api::User user = admit(exchange);
  const auto route = api::parse_route(exchange.target.path);
  if (!route) throw api::unknown_path();
  if (route->kind == Route::Kind::kObjects) {
    co_await dispatch_objects(exchange, *route, user);
  } else {
    co_await serve_path(exchange, *route);
  }
}

Task<void> Api::dispatch_objects(http::Exchange& exchange, const Route& route, const api::User& user) {
  const bool is_review = route.group == "authorization.k8s.io" || route.group == "authentication.k8s.io";
  if (is_review) co_await exchange.read_body(api::kSmallBody);
  if (auto review = api::answer_review(exchange, route, user, authorizer_, authenticator_)) {
    co_await api::send(exchange, std::move(*review));
    co_return;
  }
  auto served = types_.find(route.group, route.version, route.plural);
  // A kind without namespaces has no place below one, where other roles would count.
  const bool misplaced = served && !served->type.namespaced && !route.ns.empty();
  if (!served || misplaced) throw api::unknown_path();
  ApiCall call{exchange, route, std::move(*served), {}, {}};
  call.guard = api::guard_of(authorizer_, user, api::attributes_of(exchange, route));
  co_await serve_objects(call);
}

Task<void> Api::serve_path(http::Exchange& exchange, const Route& route) {
  if (route.kind == Route::Kind::kHealth) {
    co_await exchange.respond(200, "text/plain; charset=utf-8", "ok");
  } else if (route.kind == Route::Kind::kMetrics) {
    co_await exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", api::state_metrics(store_));
  } else if (route.kind == Route::Kind::kScrapeTargets) {
    const http::Target& asked = exchange.target;
    Reply reply{.body = api::scrape_targets(store_, asked.value("role"), asked.values("namespace")), .warnings = {}};
    co_await api::send(exchange, std::move(reply));
  } else {
    co_await serve_document(exchange, route);
  }
}

Task<void> Api::serve_document(http::Exchange& exchange, const Route& route) {
  const auto types = types_.all();
  const bool discovery = route.kind == Route::Kind::kCoreVersions || route.kind == Route::Kind::kGroups;
  const api::Accepted accepted = discovery ? api::negotiate(exchange.headers.get("Accept")) : api::Accepted{};
  Reply reply;
  if (accepted.form == api::Accepted::Form::kAggregatedDiscovery) {
    reply = aggregated(types, route.kind == Route::Kind::kCoreVersions, accepted.version);
  } else {
    reply.body = document_of(types, route, options_.version);
  }
  if (reply.body.is_null()) throw api::unknown_path();
  co_await api::send(exchange, std::move(reply));
}

Task<void> Api::serve_objects(ApiCall& call) {
  if (call.served.type.resource() == "pods" && call.route.subresource == "log") {
    co_await api::serve_log(node_, objects_, call);
    co_return;
  }
  if (call.served.type.resource() == "pods" && call.route.subresource == "exec") {
    co_await api::serve_exec(node_, objects_, call);
    co_return;
  }
  if (call.served.type.resource() == "pods" && call.route.subresource == "portforward") {
    co_await api::serve_port_forward(node_, objects_, call);
    co_return;
  }
  const std::string resource = call.served.type.resource();
  if (call.route.subresource == "proxy" && (resource == "pods" || resource == "services")) {
    co_await api::serve_proxy(objects_, store_, call, options_.network);
    co_return;
  }
  if (call.route.subresource == "token" && resource == "serviceaccounts") {
    co_await call.exchange.read_body(api::kSmallBody);
    co_await api::send(call.exchange, api::answer_token_request(objects_, store_, call, authenticator_));
    co_return;
  }
  call.accepted = api::negotiate(call.exchange.headers.get("Accept"));
  if (call.served.type.measured) {
    co_await api::send(call.exchange, api::answer_metrics(node_, store_, call));
    co_return;
  }
  if (api::is_watch(call.exchange, call.route)) {
    co_await api::serve_watch(store_, call, options_.bookmark_interval);
    co_return;
  }
  co_await api::read_content(call, decoder_);
  Reply reply = co_await api::answer(objects_, store_, call);
  co_await api::send(call.exchange, std::move(reply));
}

void seed(Store& store) {
  for (const char* name : {"default", "kube-system", "kube-public"}) {
    if (store.find("namespaces", "", name)) continue;
    const auto created = store.create(
        "namespaces", {{"apiVersion", "v1"},
                       {"kind", "Namespace"},
                       {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}},
                       {"spec", {{"finalizers", {"kubernetes"}}}},
                       {"status", {{"phase", "Active"}}}});
    if (!created) throw std::runtime_error("namespace " + std::string(name) + ": " + created.error().what);
  }
  api::create_default_policy(store);
}

}  // namespace zdt::rehearsal
