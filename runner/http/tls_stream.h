// A TLS connection, and what is done with one. Beast's and Asio's operations over it are compiled once, in
// tls_stream.cpp (and in websocket.cpp): each of them costs a compiler seconds.
#pragma once
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "host/task.h"

namespace zdt::http {

namespace beast = boost::beast;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

/// The server's side of the handshake. Throws boost::system::system_error; also when `limit` passes.
Task<void> accept_tls(TlsStream& stream, milliseconds limit);

/// At least one byte; "" when the peer has gone, or the stream's time is over. Unwinds when cancelled.
Task<std::string> read_some(TlsStream& stream);

/// All of `bytes`. Throws boost::system::system_error when the peer has gone, or takes longer than `limit` (zero: none)
/// for a piece of 256 KiB.
Task<void> write_all(TlsStream& stream, std::string bytes, milliseconds limit);

/// Reads and forgets what the peer still sends, until it ends, `limit` passes, or it was `most` bytes: closing before
/// would take the answer from it that it has not read yet.
Task<void> drain(TlsStream& stream, milliseconds limit, size_t most);

/// Says goodbye, and waits at most `limit` for the peer's.
Task<void> shut_down(TlsStream& stream, milliseconds limit);

/// Reads and writes from now on may take `limit`; zero: as long as they like.
void allow(TlsStream& stream, milliseconds limit);

}  // namespace zdt::http
