#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "message.h"

namespace monolith {

/// Answers one request; may take its time. The request stays alive until the answer is there. Throws
/// RequestError for a refusal; anything else thrown is answered with 500.
using Handler = std::function<boost::asio::awaitable<Response>(const Request&)>;

/// A handler that answers at once.
using PlainHandler = std::function<Response(const Request&)>;

/// A table from method and path pattern to handler. Filled before the first request, read-only afterwards.
class Router {
 public:
  /// `pattern` is a path whose segments are literal or "{name}", which matches any one segment and is handed
  /// over in Request::args; "{name...}" at the end matches all that is left, one segment or more. A GET route
  /// serves HEAD as well.
  void add(Method method, std::string_view pattern, Handler handler);
  void add(Method method, std::string_view pattern, PlainHandler handler);

  /// The handler for `request`, whose args are set. Throws RequestError 404 for an unknown path, and
  /// NotAllowed for a known path with another method. The handler lives as long as the router.
  const Handler& find(Request& request) const;

 private:
  struct Route {
    Method method;
    std::vector<std::string> pattern;
    Handler handler;
  };
  std::vector<Route> routes_;
};

/// 405, with the value of the Allow header.
class NotAllowed : public RequestError {
 public:
  explicit NotAllowed(const std::string& allow)
      : RequestError(405, "allowed here: " + allow), allow_(allow) {}
  const std::string& allow() const { return allow_; }

 private:
  std::string allow_;
};

}  // namespace monolith
