#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "config.h"
#include "message.h"
#include "upstream_error.h"
#include "upstream_url.h"
#include "wire.h"

namespace monolith {

/// Whom /upstream asks. Any thread.
class Upstream {
 public:
  /// An address is used for so long before the name is looked up again. One lookup at a time leaves a
  /// process, so without it a busy machine's slow lookups would queue, and hide what the connections meet.
  static constexpr std::chrono::seconds kAddressAge{5};

  /// `config` must outlive it. Without an upstream_url only configured() may be called.
  explicit Upstream(const Config& config);

  bool configured() const { return url_.has_value(); }

  /// Asks for `target` (path and query, begins with a slash), over a connection of its own, which is closed
  /// afterwards: what a client without a session does.
  ///
  /// The answer has the upstream's status, body and Content-Type, and its X-Pod as X-Upstream-Pod. An
  /// X-Upstream-Error of the upstream is passed on, so that at the front of a chain it is seen what TCP did
  /// at its back. When no whole answer comes: 502 or 504, a JSON body, X-Upstream-Error, and one line in the
  /// log. Nothing is sent twice.
  ///
  /// Without time-outs it waits for as long as TCP does: minutes for a SYN that nobody answers, for ever for
  /// an answer that does not come. Resolving the name counts to neither.
  boost::asio::awaitable<Response> ask(const Request& request, std::string target);

 private:
  using Stream = boost::beast::tcp_stream;
  using Addresses = boost::asio::ip::tcp::resolver::results_type;
  using AnswerParser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  boost::asio::awaitable<UpstreamError> connect(Stream& stream);
  boost::asio::awaitable<UpstreamError> exchange(Stream& stream, const WireRequest& request,
                                                 AnswerParser& answer);
  boost::asio::awaitable<Addresses> addresses(boost::asio::any_io_executor executor);
  std::optional<Addresses> known_addresses();

  const Config& config_;
  const std::optional<UpstreamUrl> url_;
  std::mutex mutex_;
  Addresses known_;                                   // empty: none yet, or the last lookup failed
  std::chrono::steady_clock::time_point look_again_;  // when the next request looks the name up
};

}  // namespace monolith
