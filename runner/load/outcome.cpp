#include "load/outcome.h"

#include <curl/curl.h>

#include <cerrno>

namespace zdt::load {
namespace {

/// A connection that stood and broke: by a reset, by the kernel giving up on its peer, or by an orderly end.
Outcome broken(int error_number) {
  switch (error_number) {
    case 0:
      return Outcome::kClosed;
    case ETIMEDOUT:
      return Outcome::kResponseTimeout;
    default:
      return Outcome::kReset;
  }
}

/// A SYN that is answered by an RST gives ECONNREFUSED: ECONNRESET says that the connection had stood before.
Outcome not_connected(int error_number) {
  if (shortage_of(error_number) != Shortage::kNone) return Outcome::kLocal;
  switch (error_number) {
    case ETIMEDOUT:
      return Outcome::kConnectTimeout;
    case ECONNRESET:
      return Outcome::kReset;
    default:
      return Outcome::kRefused;
  }
}

Outcome timed_out(const Ending& ending) {
  if (!ending.resolved) return Outcome::kDns;
  return ending.sent ? Outcome::kResponseTimeout : Outcome::kConnectTimeout;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomeCount> names = {
      "ok", "status", "refused", "reset", "closed", "connect_timeout", "response_timeout", "dns", "tls", "local"};
  return names[static_cast<size_t>(outcome)];
}

/// socket(2), connect(2): EADDRNOTAVAIL, and on older kernels EAGAIN, is a connect that found no free local port.
Shortage shortage_of(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
      return Shortage::kDescriptors;
    case EADDRNOTAVAIL:
    case EAGAIN:
      return Shortage::kPorts;
    case ENOBUFS:
    case ENOMEM:
      return Shortage::kMemory;
    default:
      return Shortage::kNone;
  }
}

Outcome outcome_of(const Ending& ending) {
  if (ending.retried) return broken(ending.error_number);
  switch (ending.code) {
    case CURLE_OK:
      return ending.status_expected ? Outcome::kOk : Outcome::kStatus;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
      return not_connected(ending.error_number);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return shortage_of(ending.error_number) == Shortage::kNone ? Outcome::kDns : Outcome::kLocal;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
      return Outcome::kLocal;
    case CURLE_OPERATION_TIMEDOUT:
      return timed_out(ending);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return broken(ending.error_number);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return Outcome::kTls;
    default:  // no answer, half an answer, or something that is not HTTP
      return Outcome::kClosed;
  }
}

}  // namespace zdt::load
