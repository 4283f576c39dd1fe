// The rehearsal cluster's API server: what kubectl talks to. It reads and writes the store; the controllers
// and the node see what it does there. https://kubernetes.io/docs/reference/using-api/api-concepts/
#pragma once
#include <set>

#include "http/server.h"
#include "rehearsal/api/auth.h"
#include "rehearsal/api/body_decoder.h"
#include "rehearsal/api/objects.h"
#include "rehearsal/api/route.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// token              whoever sends it as "Authorization: Bearer" may do everything. Never empty.
/// account_key        signs the tokens of service accounts (auth.h). Empty: they have none.
/// network            where pods/proxy and services/proxy reach into; null: here.
/// version            what /version says.
/// bookmark_interval  between the BOOKMARK events of a watch that allows them.
/// acted_on           custom resources that a controller acts on ("rollouts.argoproj.io"): no warning for
/// them.
struct ApiOptions {
  std::string token, account_key = {};
  std::shared_ptr<host::NetworkNamespace> network = {};
  std::string version = "v1.33.0";
  milliseconds bookmark_interval{30'000};
  std::set<std::string> acted_on;
};

/// One request to objects, ready to be served.
struct ApiCall;

/// Must outlive every exchange that it handles. One loop.
class Api {
 public:
  Api(Store& store, Node& node, ApiOptions options);

  /// Answers one request; every refusal is a metav1.Status. Throws only when the peer has gone.
  Task<void> handle(http::Exchange& exchange);

 private:
  std::optional<api::User> user_of(const http::Exchange& exchange) const;
  Task<void> dispatch(http::Exchange& exchange);
  Task<void> serve_objects(ApiCall& call);
  Task<void> serve_document(http::Exchange& exchange, const api::Route& route);

  Store& store_;
  Node& node_;
  ApiOptions options_;
  api::ServedTypes types_;
  api::Objects objects_;
  api::BodyDecoder decoder_;
};

/// Creates the namespaces that every cluster has (default, kube-system, kube-public) where they are missing.
void seed(Store& store);

}  // namespace zdt::rehearsal
