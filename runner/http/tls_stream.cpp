#include "http/tls_stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace zdt::http {

using boost::system::error_code;

Task<void> accept_tls(TlsStream& stream, milliseconds limit) {
  allow(stream, limit);
  co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

Task<std::string> read_some(TlsStream& stream) {
  std::string bytes(16 << 10, '\0');  // as much as a TLS record holds
  error_code gone;
  const size_t size = co_await stream.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, gone));
  bytes.resize(size);
  co_return bytes;
}

Task<void> write_all(TlsStream& stream, std::string bytes, milliseconds limit) {
  constexpr size_t kPiece = 256 << 10;
  for (size_t start = 0; start < bytes.size(); start += kPiece) {
    const auto piece = asio::buffer(asio::buffer(bytes) + start, kPiece);
    allow(stream, limit);
    co_await asio::async_write(stream, piece, asio::use_awaitable);
  }
}

Task<void> drain(TlsStream& stream, milliseconds limit, size_t most) {
  allow(stream, limit);
  std::string ignored;
  do {
    ignored = co_await read_some(stream);
    most -= std::min(most, ignored.size());
  } while (!ignored.empty() && most > 0);
}

Task<void> shut_down(TlsStream& stream, milliseconds limit) {
  error_code gone_already;
  allow(stream, limit);
  co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, gone_already));
}

void allow(TlsStream& stream, milliseconds limit) {
  auto& tcp = beast::get_lowest_layer(stream);
  if (limit.count() == 0) {
    tcp.expires_never();
  } else {
    tcp.expires_after(limit);
  }
}

}  // namespace zdt::http
