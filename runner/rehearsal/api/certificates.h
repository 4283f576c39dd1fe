// The rehearsal cluster's own certificate authority, and the kubeconfig that leads to it.
#pragma once
#include <string>

#include "base/error.h"

namespace zdt::rehearsal {

/// PEM. ca is self-signed; certificate names 127.0.0.1, 10.96.0.1, localhost and
/// kubernetes.default(.svc(.cluster.local)). All keys are EC P-256, everything is valid for a year from an
/// hour ago.
struct Certificates {
  std::string ca, certificate, key;
};

/// Fails kEnvironment with OpenSSL's words.
Result<Certificates> make_certificates();

/// A kubeconfig with one cluster, user and context named `name`. Contains the token: to be written with mode
/// 0600.
std::string kubeconfig(const std::string& name, const std::string& server, const std::string& ca_pem,
                       const std::string& token);

}  // namespace zdt::rehearsal
