#include "upstream_error.h"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace monolith {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// The kernel gives up as well, after minutes: ETIMEDOUT.
bool is_timeout(beast::error_code error) {
  return error == beast::error::timeout || error == asio::error::timed_out;
}

}  // namespace

std::string_view upstream_error_name(UpstreamError error) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "", "dns", "unreachable", "refused", "reset", "closed", "protocol", "connect_timeout", "read_timeout"};
  return kNames.at(static_cast<std::size_t>(error));
}

int upstream_error_status(UpstreamError error) {
  return error == UpstreamError::kConnectTimeout || error == UpstreamError::kReadTimeout ? 504 : 502;
}

UpstreamError upstream_connect_error(beast::error_code error) {
  if (is_timeout(error)) return UpstreamError::kConnectTimeout;
  if (error == asio::error::connection_refused) return UpstreamError::kRefused;
  if (error == asio::error::connection_reset) return UpstreamError::kReset;
  return UpstreamError::kUnreachable;
}

UpstreamError upstream_exchange_error(beast::error_code error) {
  if (is_timeout(error)) return UpstreamError::kReadTimeout;
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe)
    return UpstreamError::kReset;
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error == asio::error::eof) {
    return UpstreamError::kClosed;
  }
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable) {
    return UpstreamError::kUnreachable;
  }
  return UpstreamError::kProtocol;
}

}  // namespace monolith
