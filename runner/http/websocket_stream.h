// The server's side of a WebSocket's handshake.
#pragma once
#include "http/server.h"
#include "http/tls_stream.h"
#include "http/wire.h"

namespace zdt::http {

/// Answers `request` on its connection, which is the WebSocket's from now on. Messages are never compressed
/// (permessage-deflate is not offered, nor accepted: kubectl does not ask for it, and it takes long to compile).
/// `request` is used until this returns. Throws boost::system::system_error.
Task<std::unique_ptr<WebSocket>> websocket_on(std::unique_ptr<TlsStream> stream, const WireRequest& request,
                                              std::string protocol);

}  // namespace zdt::http
