// The rehearsal cluster's API server: what kubectl talks to. It reads and writes the store; the controllers
// and the node see what it does there. https://kubernetes.io/docs/reference/using-api/api-concepts/
#pragma once
#include <set>

#include "http/server.h"
#include "rehearsal/api/auth.h"
#include "rehearsal/api/body_decoder.h"
#include "rehearsal/api/objects.h"
#include "rehearsal/api/rbac/authorizer.h"
#include "rehearsal/api/route.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// token              whoever sends it as "Authorization: Bearer" may do everything. Never empty.
/// account_key        signs the tokens of service accounts (auth.h). Empty: they have none.
/// network            where pods/proxy and services/proxy reach into; null: here.
/// version            what /version says.
/// bookmark_interval  between the BOOKMARK events of a watch that allows them.
/// allow_privileged   privileged containers are taken.
/// acted_on           custom resources that a controller acts on ("rollouts.argoproj.io"): no warning for
/// them.
struct ApiOptions {
  std::string token, account_key = {};
  std::shared_ptr<host::NetworkNamespace> network = {};
  std::string version = "v1.33.0";
  milliseconds bookmark_interval{30'000};
  std::set<std::string> acted_on;
  bool allow_privileged = false;
};

/// One request to objects, ready to be served.
struct ApiCall;

/// Must outlive every exchange that it handles. One loop.
class Api {
 public:
  Api(Store& store, Node& node, ApiOptions options);

  /// Answers one request; every refusal is a metav1.Status. Throws only when the peer has gone.
  Task<void> handle(http::Exchange& exchange);

  /// Who sends a request, impersonation included, when it may be sent: by method, target and headers alone, so that it can
  /// be asked before the body is read. Throws api::Failure 401 and 403.
  api::User admit(const http::Exchange& head) const;

 private:
  Task<void> dispatch(http::Exchange& exchange);
  Task<void> dispatch_objects(http::Exchange& exchange, const api::Route& route, const api::User& user);
  Task<void> serve_path(http::Exchange& exchange, const api::Route& route);
  Task<void> serve_objects(ApiCall& call);
  Task<void> serve_document(http::Exchange& exchange, const api::Route& route);

  Store& store_;
  Node& node_;
  ApiOptions options_;
  api::Authenticator authenticator_;
  api::Authorizer authorizer_;
  api::ServedTypes types_;
  api::Objects objects_;
  api::BodyDecoder decoder_;
};

/// Creates what every cluster has and is missing: the namespaces default, kube-system and kube-public, and the default
/// roles (rbac/policy.h).
void seed(Store& store);

}  // namespace zdt::rehearsal
