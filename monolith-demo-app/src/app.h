#pragma once

#include <boost/asio/awaitable.hpp>

#include "capacity.h"
#include "config.h"
#include "connections.h"
#include "faults.h"
#include "lifecycle.h"
#include "message.h"
#include "metrics.h"
#include "router.h"
#include "store.h"
#include "upstream.h"

namespace monolith {

/// The application without its sockets: what handlers may use, and the routes. Must outlive the io_context
/// that serves it, as connections count themselves out of it when they are destroyed. Its members may be used
/// from any thread.
class App {
 public:
  explicit App(Config config);
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Finds the handler and lets it answer. Never throws: refusals become 4xx, anything else becomes 500 and a
  /// log line.
  boost::asio::awaitable<Response> answer(Request& request);

  const Config config;
  Lifecycle lifecycle;
  Faults faults{config.fail_every};
  Metrics metrics;
  Store store;
  Connections connections;
  Upstream upstream{config};

 private:
  boost::asio::awaitable<void> until_warm() const;

  Slots slots_;
  ColdStart cold_start_;
  Router router_;
};

/// The routes, one function per file. Handlers keep the reference to `app`.
void add_page_routes(Router& router, App& app);      // / /health /metadata /metrics
void add_fault_routes(Router& router, App& app);     // /sleep /status /exception /prestop
void add_resource_routes(Router& router, App& app);  // /companies /projects
void add_upstream_routes(Router& router, App& app);  // /upstream

}  // namespace monolith
