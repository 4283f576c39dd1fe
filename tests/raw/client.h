// A blocking client that sends exactly the bytes it is given: what an attacker has. It shares no code with
// the program.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zdt::raw {

using std::chrono::milliseconds;

/// status  0 when no head came.   took  from the first byte sent to the last one read.   ended  the peer
/// closed.
struct Answer {
  int status = 0;
  std::string head, body;
  milliseconds took{0};
  bool ended = false;
};

/// body  sent with its Content-Length when it is not empty, or with POST, PUT and PATCH.
struct Request {
  std::string method, path;
  std::string body = {}, type = "application/json";
  std::vector<std::string> headers = {};
};

/// The bytes of `request` for a connection that stays open.
std::string bytes_of(const Request& request);

/// One TLS connection to 127.0.0.1:`port`, or one without TLS. Certificates are not checked. Not copyable;
/// closes with the object.
class Connection {
 public:
  explicit Connection(uint16_t port, bool tls = true);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  bool open() const;
  /// False when the peer has gone, or did not read within `limit`.
  bool send(std::string_view bytes, milliseconds limit = milliseconds(30'000));
  /// Like send(), but tells how many of the bytes were taken within `limit`.
  size_t send_some(std::string_view bytes, milliseconds limit);
  /// Nothing more will be sent: what comes can still be received.
  void finish_sending();
  /// Adds what comes within `limit` to `into`; false at the end of the stream, and when nothing came.
  bool receive(std::string& into, milliseconds limit);
  /// The next whole answer (Content-Length, chunked, or until the end).
  Answer answer(milliseconds limit);
  Answer ask(const Request& request, milliseconds limit = milliseconds(30'000));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zdt::raw
