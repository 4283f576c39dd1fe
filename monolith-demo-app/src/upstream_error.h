#pragma once

#include <boost/beast/core/error.hpp>
#include <string_view>

namespace monolith {

/// How a request to the upstream ended. The names are what X-Upstream-Error says (upstream_error_name()).
enum class UpstreamError {
  kNone,
  kDns,             // the name has no address
  kUnreachable,     // no route to the host: what a kernel says of a pod that is gone
  kRefused,         // RST in answer to the SYN: nobody listens
  kReset,           // RST on an established connection
  kClosed,          // FIN before the answer was whole
  kProtocol,        // what came is not HTTP, or longer than 1 MiB
  kConnectTimeout,  // no answer to the SYN
  kReadTimeout,     // connected and asked, and no whole answer
};

std::string_view upstream_error_name(UpstreamError error);  // "refused", "connect_timeout" ...; "" for kNone

/// 504 for the two time-outs, 502 for every other error (RFC 9110, 15.6.3 and 15.6.5).
int upstream_error_status(UpstreamError error);

/// What ended the attempt to connect, or an exchange on an established connection. `error` is set.
UpstreamError upstream_connect_error(boost::beast::error_code error);
UpstreamError upstream_exchange_error(boost::beast::error_code error);

}  // namespace monolith
