// Reads kubeconfig files. It never writes one.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
#pragma once
#include "host/files.h"
#include "host/task.h"
#include "http/client.h"

namespace zdt::kube {

class Transport;

/// How to reach one cluster as one user. Secrets stay in memory: they are never logged and never in an argv.
/// exec  the credential plugin's argv and environment, run when a token is first needed.
struct Connection {
  std::string context, server, ns = "default";
  std::string remedy;  ///< what a person types when the API server does not answer; "": nothing is known
  http::Tls tls;
  std::string token;
  std::string basic;  ///< "user:password"
  std::vector<std::string> exec;
  std::map<std::string, std::string> exec_env;
  std::string exec_api_version;
  bool authenticated = false;  ///< the plugin has given its credentials
  std::shared_ptr<Transport> instead;  ///< when set, it answers in the place of the network (a plan)
};

/// The same, with the remedy that a failure of this cluster's connection is told with.
Result<Connection> with_remedy(Result<Connection> connection, std::string remedy);

/// The connection that `context` names ("": the file's current-context). Relative file names in the config are taken
/// from its folder. Fails kEnvironment (no file, no such context: with the known ones), kInvalid (broken content).
Result<Connection> load_kubeconfig(const host::fs::path& file, const std::string& context);

/// $KUBECONFIG's first existing file, else $HOME/.kube/config.
host::fs::path default_kubeconfig(const std::string& kubeconfig_variable, const std::string& home);

/// Runs the exec plugin of `connection`, when it has one, and puts its credentials into it.
/// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/  Fails kEnvironment.
Task<Result<void>> authenticate(Connection& connection);

/// Drops what the exec plugin gave, so that the next authenticate() asks it again.
void forget_credentials(Connection& connection);

}  // namespace zdt::kube
