// WebSocket client over TLS, for the Kubernetes exec and attach streams.
#pragma once
#include "http/client.h"
#include "http/server.h"

namespace zdt::http {

/// url  https://host:port/path.   protocols  offered subprotocols, the preferred one first.
struct WebSocketRequest {
  std::string url;
  Headers headers;
  std::vector<std::string> protocols;
  Tls tls;
};

/// Fails kEnvironment (no connection, TLS), kInvalid (the server refuses; with its status and the start of its words).
Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(WebSocketRequest request);

}  // namespace zdt::http
