// The one implementation of WebSocket, over whichever TLS stream carries it.
#pragma once
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "http/server.h"

namespace zdt::http {

namespace beast = boost::beast;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

class WebSocketStream : public WebSocket {
 public:
  using Stream = beast::websocket::stream<TlsStream>;
  WebSocketStream(std::unique_ptr<Stream> stream, std::string protocol);
  std::string protocol() const override { return protocol_; }
  Task<std::optional<std::string>> receive() override;
  Task<void> send(std::string message) override;
  Task<void> close() override;

 private:
  std::unique_ptr<Stream> stream_;
  std::string protocol_;
};

}  // namespace zdt::http
